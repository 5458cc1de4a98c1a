/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A main() for a page of tests/fuzz where there is no libFuzzer, included by it
 * under FUZZ_MAIN:
 *
 *	options_fuzz SECONDS SEED FILE...
 *
 * Each file is fed as it is; then mixtures of them, mutated, until the time is
 * over. The same seed makes the same inputs. A failed input is left in the file
 * "crash" of the working directory and can be given as FILE.
 */
#ifndef TCPMOB_FUZZ_MAIN_H
#define TCPMOB_FUZZ_MAIN_H

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sanitizer/asan_interface.h>

#ifndef FUZZ_MAX
#define FUZZ_MAX	2048	/* octets of one input */
#endif
#define FUZZ_FILES	256
#define FUZZ_BATCH	1024	/* inputs between two looks at the clock */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_input {
	uint8_t	data[FUZZ_MAX];
	size_t	size;
};

static struct fuzz_input fuzz_files[FUZZ_FILES];
static unsigned int fuzz_n_files;
static struct fuzz_input fuzz_now;	/* for the report */
static uint64_t fuzz_state;

/* xorshift64*: the same everywhere, unlike rand(). */
static uint32_t fuzz_random(uint32_t below)
{
	fuzz_state ^= fuzz_state >> 12;
	fuzz_state ^= fuzz_state << 25;
	fuzz_state ^= fuzz_state >> 27;
	return (fuzz_state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

/* Called by the sanitizer before it ends the program. */
static void fuzz_report(void)
{
	int fd = open("crash", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	size_t i;

	if (fd < 0 ||
	    write(fd, fuzz_now.data, fuzz_now.size) != (ssize_t)fuzz_now.size)
		fprintf(stderr, "# cannot write \"crash\"\n");
	fprintf(stderr, "# input:");
	for (i = 0; i < fuzz_now.size; i++)
		fprintf(stderr, " %02x", fuzz_now.data[i]);
	fprintf(stderr, "\n");
}

/* The page's own checks abort(), of which the sanitizer says nothing. */
static void fuzz_aborted(int sig)
{
	fuzz_report();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* On the heap and of its exact size, so that nothing is read behind it. */
static void fuzz_run(void)
{
	uint8_t *data = malloc(fuzz_now.size);

	if (!data && fuzz_now.size)
		abort();
	if (fuzz_now.size)
		memcpy(data, fuzz_now.data, fuzz_now.size);
	LLVMFuzzerTestOneInput(data, fuzz_now.size);
	free(data);
}

static void fuzz_load(const char *path)
{
	struct fuzz_input *in = &fuzz_files[fuzz_n_files];
	FILE *f = fopen(path, "rb");

	if (!f || fuzz_n_files == FUZZ_FILES - 1) {
		fprintf(stderr, "# %s: not read\n", path);
		exit(1);
	}
	in->size = fread(in->data, 1, FUZZ_MAX, f);
	fclose(f);
	fuzz_n_files++;
}

/* Part of some file behind what is there, or a few octets of nothing known. */
static void fuzz_append(struct fuzz_input *in)
{
	const struct fuzz_input *from = &fuzz_files[fuzz_random(fuzz_n_files)];
	size_t start = fuzz_random(from->size + 1);
	size_t n = fuzz_random(from->size - start + 1);

	if (fuzz_random(2))
		start = 0, n = from->size;
	if (n > FUZZ_MAX - in->size)
		n = FUZZ_MAX - in->size;
	memcpy(in->data + in->size, from->data + start, n);
	in->size += n;
}

static void fuzz_mutate(struct fuzz_input *in)
{
	size_t at;

	if (!in->size)
		return;

	at = fuzz_random(in->size);
	switch (fuzz_random(6)) {
	case 0:
		in->data[at] = fuzz_random(256);
		break;
	case 1:
		in->data[at] ^= 1 << fuzz_random(8);
		break;
	case 2:
		in->data[at] += fuzz_random(5) - 2;
		break;
	case 3:
		in->size = at;
		break;
	case 4:		/* one octet less in the middle */
		memmove(in->data + at, in->data + at + 1, in->size - at - 1);
		in->size--;
		break;
	case 5:		/* one from elsewhere */
		in->data[at] = in->data[fuzz_random(in->size)];
		break;
	}
}

static void fuzz_invent(struct fuzz_input *in)
{
	unsigned int i;

	in->size = 0;
	for (i = fuzz_random(4) + 1; i; i--)
		fuzz_append(in);
	for (i = fuzz_random(5); i; i--)
		fuzz_mutate(in);
}

int main(int argc, char **argv)
{
	unsigned long n = 0;
	time_t end;
	int i;

	if (argc < 3) {
		fprintf(stderr, "usage: %s SECONDS SEED FILE...\n", argv[0]);
		return 2;
	}
	__asan_set_death_callback(fuzz_report);
	signal(SIGABRT, fuzz_aborted);
	fuzz_state = strtoull(argv[2], NULL, 0) * 2 + 1;
	end = time(NULL) + atoi(argv[1]);

	for (i = 3; i < argc; i++) {
		fuzz_load(argv[i]);
		fuzz_now = fuzz_files[i - 3];
		fuzz_run();
	}
	/* Something to begin with if there are no files. */
	if (!fuzz_n_files)
		fuzz_files[fuzz_n_files++].size = 64;

	printf("KTAP version 1\n1..1\n");
	while (time(NULL) < end) {
		for (i = 0; i < FUZZ_BATCH; i++, n++) {
			fuzz_invent(&fuzz_now);
			fuzz_run();
		}
	}
	printf("ok 1 %d files and %lu inputs from seed %s\n", argc - 3, n,
	       argv[2]);
	return 0;
}

#endif /* TCPMOB_FUZZ_MAIN_H */
