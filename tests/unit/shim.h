/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the leaves of the modules use of the kernel, for user space. Keep it
 * small: a leaf that wants more than this is no leaf.
 */
#ifndef TCPMOB_TEST_SHIM_H
#define TCPMOB_TEST_SHIM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The kernel's takes the sentence or leaves it; C11's wants one. */
#undef static_assert
#define static_assert(cond, ...)	_Static_assert(cond, #cond)

#endif /* TCPMOB_TEST_SHIM_H */
