/* Fault points. This state of the process exists in test builds only; one lock
 * guards it. A point is found by its name among at most 16. */
#include "base/fault.h"

#ifdef GX_TESTING

#include "base/die.h"
#include "base/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_POINTS 16
#define MAX_NAME 48

struct point {
    char name[MAX_NAME];
    int nth, passes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct point points[MAX_POINTS];

static struct point *find(struct str name) {
    for (int i = 0; i < MAX_POINTS; i++)
        if (points[i].name[0] != 0 && str_eqc(name, points[i].name))
            return &points[i];
    return NULL;
}

static void arm(struct str name, int nth) {
    struct point *p = find(name);
    for (int i = 0; p == NULL && i < MAX_POINTS; i++)
        if (points[i].name[0] == 0)
            p = &points[i];
    if (p == NULL || name.n == 0 || name.n >= MAX_NAME)
        die("fault points: too many, or bad name " STR_FMT, STR_ARG(name));
    *p = (struct point){.nth = nth};
    if (nth > 0)
        memcpy(p->name, name.p, name.n);
}

static void read_environment(void) {
    struct str all = str_of(getenv("GUANXI_FAULT")), one;
    while (str_cut(&all, ',', &one)) {
        struct str name;
        if (!str_cut(&one, ':', &name) || one.n == 0)
            die("GUANXI_FAULT is not name:nth[,name:nth]");
        int nth = 0;
        for (size_t i = 0; i < one.n && one.p[i] >= '0' && one.p[i] <= '9'; i++)
            nth = nth * 10 + (one.p[i] - '0');
        arm(name, nth);
    }
}

bool fault_hit(const char *name) {
    pthread_once(&once, read_environment);
    pthread_mutex_lock(&lock);
    struct point *p = find(str_of(name));
    bool hit = p != NULL && ++p->passes == p->nth;
    pthread_mutex_unlock(&lock);
    return hit;
}

void fault_arm(const char *name, int nth) {
    pthread_once(&once, read_environment);
    pthread_mutex_lock(&lock);
    arm(str_of(name), nth);
    pthread_mutex_unlock(&lock);
}

void fault_clear(void) {
    pthread_once(&once, read_environment);
    pthread_mutex_lock(&lock);
    memset(points, 0, sizeof points);
    pthread_mutex_unlock(&lock);
}

int fault_passes(const char *name) {
    pthread_mutex_lock(&lock);
    struct point *p = find(str_of(name));
    int passes = p == NULL ? 0 : p->passes;
    pthread_mutex_unlock(&lock);
    return passes;
}

#else

/* ISO C forbids an empty file. */
typedef int fault_points_are_compiled_out;

#endif
