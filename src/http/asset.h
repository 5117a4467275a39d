/* The web interface's files, compressed at build time, out of the binary's
 * read-only data. */
#ifndef HTTP_ASSET_H
#define HTTP_ASSET_H

#include "http/server.h"

/* One file. A compressible one is kept compressed only: gzip always, br when
 * the build had it; plain is then empty and unpacked for the rare client that
 * takes neither. */
struct asset {
    struct str path; /* "/assets/index-4f2a91bc.js" */
    struct str type; /* "text/javascript; charset=utf-8" */
    struct str etag; /* opaque text, without quotes: hash of the content */
    struct str plain, gzip, br;
    uint64_t size; /* of the content */
    bool hashed;   /* name changes with content: cached for ever */
};

/* Sorted by path. */
struct asset_table {
    const struct asset *p;
    size_t n;
};

/* The interface built into this binary (written by tools/assetgen). */
extern const struct asset_table web_assets;

/* Sets rq->reply for a GET or HEAD of a file, for "/" and, with index.html,
 * for paths without a dot in their last segment: routes of the interface. 404
 * for other missing files, 405 for other methods. Security headers always. */
void asset_serve(const struct asset_table *t, struct http_request *rq);

/* Adds the headers every answer should carry, API answers too: nosniff,
 * referrer policy, no framing, no devices, same origin. */
void asset_security_headers(struct http_request *rq);

#endif
