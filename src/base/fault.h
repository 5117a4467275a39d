/* Fault points for tests: if (FAULT("db.commit")) behaves as if the call had
 * failed. In a build without -Dtesting=true they are the constant false and
 * leave nothing behind. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/compiler.h"

#ifdef GX_TESTING

#define FAULT(name) fault_hit(name)

/* True when the point is to fail now. Any thread. Environment
 * GUANXI_FAULT="db.commit:3,io.write:1" arms points at the first call: the
 * third pass of db.commit fails, and the first of io.write, once each. */
bool fault_hit(const char *name);

/* Arms a point: its nth pass from now on fails (1 is the next). nth 0 disarms
 * it. At most 16 points are armed at a time; more is a bug in the test. */
void fault_arm(const char *name, int nth);

/* Disarms all and forgets the counts. */
void fault_clear(void);

/* Passes of an armed point so far: tells a test when it has met them all. */
int fault_passes(const char *name);

#else

#define FAULT(name) ((void)sizeof(name), false)

#endif

#endif
