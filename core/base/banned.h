/*
 * banned.h: functions that write without knowing how much room there is, or keep hidden state. Using one is a compile error.
 * The headers that declare them come first: poison also bites inside system headers that are read after it.
 */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under clang some of them are macros (fortified), and a macro cannot be poisoned. */
#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets
