/* Rising numbers: where one stands. */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The place of the first of n rising ids that is not below id; n without one.
 */
size_t ids_from(const int64_t *ids, size_t n, int64_t id);
bool ids_have(const int64_t *ids, size_t n, int64_t id);

/* The same of n structs of `size` bytes that begin with their id. */
size_t ids_from_of(const void *structs, size_t size, size_t n, int64_t id);

#endif
