#ifndef STORE_RECORD_H
#define STORE_RECORD_H
#endif
