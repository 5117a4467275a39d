#ifndef BASE_Y_H
#define BASE_Y_H
#endif
