#ifndef BASE_X_H
#define BASE_X_H
#endif
