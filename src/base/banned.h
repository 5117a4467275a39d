/* Force-included everywhere: functions nobody may call (as git does). */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef strtok
#undef sprintf
#undef vsprintf
#undef gets
#undef system
#undef popen
#undef localtime
#undef gmtime
#undef setlocale
#define BANNED(f) sorry_##f##_is_banned
#define strcpy(a, b) BANNED(strcpy)
#define strcat(a, b) BANNED(strcat)
#define strncpy(a, b, n) BANNED(strncpy)
#define strncat(a, b, n) BANNED(strncat)
#define strtok(a, b) BANNED(strtok)
#define sprintf(...) BANNED(sprintf)
#define vsprintf(...) BANNED(vsprintf)
#define gets(a) BANNED(gets)
#define system(a) BANNED(system)
#define popen(a, b) BANNED(popen)
#define localtime(a) BANNED(localtime)
#define gmtime(a) BANNED(gmtime)
#define setlocale(a, b) BANNED(setlocale)

#endif
