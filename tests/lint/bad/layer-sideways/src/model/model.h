#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H
#endif
