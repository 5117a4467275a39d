/* No guard. */
int f(void);
