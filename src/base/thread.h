/* What a thread asks of the scheduler (Linux). */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

/* Makes the calling thread and those it starts give way to others: Linux keeps
 * niceness for each thread. Without the right to, it changes nothing. */
void thread_give_way(int nice);

/* The calling thread, and those it starts from now on, ask for turns on a
 * processor of so many microseconds (100 to 100,000; 0: what is usual, some
 * milliseconds): one with short turns gets them sooner, and no more of them in
 * all. Kernels before 6.12 take no notice. */
void thread_turns(int us);

/* The processors this process may use; at least 1. */
int thread_processors(void);

#endif
