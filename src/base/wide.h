/* 128-bit integers for products and shares of money. */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

/* gcc and clang have it on every 64-bit target; ISO C does not name it. */
__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

#endif
