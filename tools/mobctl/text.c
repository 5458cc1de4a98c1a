// SPDX-License-Identifier: GPL-2.0
/* Text that others wrote, for terminals and in JSON. */
#define _GNU_SOURCE
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPED_LEN	4	/* \x1b */

/*
 * The UTF-8 character at @s in @code; returns its length, 0 if there is none:
 * RFC 3629, Section 4. A NUL inside ends it, as any octet that is no
 * continuation.
 */
static unsigned int decode(const unsigned char *s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int len, i;

	if (*s < 0x80)
		len = 1;
	else if (*s >= 0xc2 && *s < 0xe0)
		len = 2;
	else if (*s >= 0xe0 && *s < 0xf0)
		len = 3;
	else if (*s >= 0xf0 && *s < 0xf5)
		len = 4;
	else
		return 0;
	*code = len == 1 ? *s : *s & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/* Control characters, those of the C1 range, too. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* What cannot be seen, or turns around what can be seen. */
static bool is_invisible(uint32_t code)
{
	return (code >= 0x200b && code < 0x2010) ||
	       (code >= 0x2028 && code < 0x202f) ||
	       (code >= 0x2060 && code < 0x2070) || code == 0xfeff;
}

/* @s with \xNN for each octet that is not part of a visible character, or NULL. */
char *text_clean(const char *s)
{
	const unsigned char *at = (const void *)s;
	char *clean = malloc(ESCAPED_LEN * strlen(s) + 1), *to = clean;
	unsigned int len, i;
	uint32_t code;

	if (!clean)
		return NULL;
	while (*at) {
		len = decode(at, &code);
		if (len && !is_control(code) && !is_invisible(code)) {
			memcpy(to, at, len);
			to += len;
		} else {
			len = len ? len : 1;
			for (i = 0; i < len; i++)
				to += sprintf(to, "\\x%02x", at[i]);
		}
		at += len;
	}
	*to = 0;
	return clean;
}

void text_put(FILE *to, const char *s)
{
	char *clean = text_clean(s);

	fputs(clean ? clean : "?", to);
	free(clean);
}

void text_vprintf(FILE *to, const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	text_put(to, text);
	free(text);
}

/*
 * A JSON string: RFC 8259, Section 7. What is no UTF-8 becomes U+FFFD. C1
 * controls may stand there as they are, but are escaped for terminals' sake.
 */
void text_json(FILE *to, const char *s)
{
	const unsigned char *at = (const void *)s;
	unsigned int len;
	uint32_t code;

	putc('"', to);
	for (; *at; at += len ? len : 1) {
		len = decode(at, &code);
		if (!len)
			fputs("\\ufffd", to);
		else if (code == '"' || code == '\\')
			fprintf(to, "\\%c", (char)code);
		else if (code == '\n')
			fputs("\\n", to);
		else if (code == '\t')
			fputs("\\t", to);
		else if (is_control(code) || is_invisible(code))
			fprintf(to, "\\u%04x", code);
		else
			fwrite(at, 1, len, to);
	}
	putc('"', to);
}
