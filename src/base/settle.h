/* What a process that will wait for a long time does once it has started. */
#ifndef BASE_SETTLE_H
#define BASE_SETTLE_H

/* Gives back memory that only the start has used: free heap, and the pages of
 * the program and its libraries, which come again from the page cache when
 * something on them is needed. Any thread; best effort. */
void settle(void);

#endif
