/* Keeps state. */
static int count;
static const int fine = 1;
int f(void) {
    static char last[3];
    return last[count];
}
