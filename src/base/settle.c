/* Owns nothing. Linking touches a large part of each library once: tables of
 * symbols, vtables. Only segments that are never written are let go, so nothing
 * is lost. */
#include "base/settle.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int let_go(struct dl_phdr_info *o, size_t size, void *arg) {
    uintptr_t page = *(const uintptr_t *)arg;
    for (size_t i = 0; i < o->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &o->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || (p->p_flags & PF_W) != 0)
            continue;
        uintptr_t from = (o->dlpi_addr + p->p_vaddr) & ~(page - 1);
        uintptr_t to = o->dlpi_addr + p->p_vaddr + p->p_memsz;
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
    }
    return 0;
}

void settle(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    malloc_trim(0);
    dl_iterate_phdr(let_go, &page);
}
