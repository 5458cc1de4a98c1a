/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text that others wrote: names of programs and devices, arguments, sentences
 * of the kernel. None of it may steer a terminal or break JSON.
 */
#ifndef MOBCTL_TEXT_H
#define MOBCTL_TEXT_H

#include <stdarg.h>
#include <stdio.h>

char *text_clean(const char *s);
void text_put(FILE *to, const char *s);
void text_vprintf(FILE *to, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
void text_json(FILE *to, const char *s);

#endif /* MOBCTL_TEXT_H */
