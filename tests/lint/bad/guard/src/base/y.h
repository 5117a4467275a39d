#ifndef Y_H
#define Y_H
#endif
