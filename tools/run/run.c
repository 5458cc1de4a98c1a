// SPDX-License-Identifier: GPL-2.0
/*
 * mobctl run: start a program with libtcpmob-preload.so in LD_PRELOAD.
 *
 * The environment is kept and added to. Where the loader would not look at
 * LD_PRELOAD the program is refused, with the reason: better than a connection
 * that breaks where the user trusts it not to.
 */
#define _GNU_SOURCE
#include "run.h"
#include "../mobctl/mobctl.h"
#include "../mobctl/print.h"
#include "../mobctl/text.h"
#include "../mobctl/tree.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SCRIPTS_MAX	5	/* interpreters of interpreters, as the kernel */
#define SHEBANG_MAX	256	/* octets the kernel reads of the first line */
#define NOTES_MAX	64	/* of a segment; a program has a handful */

/* -- the library --------------------------------------------------------- */

static bool readable(const char *path)
{
	return !access(path, R_OK);
}

/*
 * The library's absolute name: TCP_MOBILITY_LIB, beside this program (a build
 * directory), or where it is installed.
 */
bool preload_find(char path[PATH_MAX])
{
	const char *env = getenv("TCP_MOBILITY_LIB");
	char self[PATH_MAX], file[PATH_MAX + 64];
	ssize_t len;

	if (env && *env)
		return realpath(env, path) && readable(path);
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len > 0) {
		const char *dir;

		self[len] = 0;
		dir = dirname(self);
		snprintf(file, sizeof(file), "%s/" PRELOAD_LIB, dir);
		if (readable(file) && realpath(file, path))
			return true;
		snprintf(file, sizeof(file), "%s/../lib/" PRELOAD_LIB, dir);
		if (readable(file) && realpath(file, path))
			return true;
	}
	return readable(LIBDIR "/" PRELOAD_LIB) &&
	       realpath(LIBDIR "/" PRELOAD_LIB, path);
}

/* Is @lib in the LD_PRELOAD @list? Entries end at colons and spaces. */
bool preload_has(const char *list, const char *lib)
{
	size_t want = strlen(lib), len;

	while (list && *list) {
		len = strcspn(list, ": ");
		if (len == want && !strncmp(list, lib, len))
			return true;
		list += len + (list[len] != 0);
	}
	return false;
}

/* -- the program --------------------------------------------------------- */

static int because(int status, char *why, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int because(int status, char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return status;
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/*
 * The file that execvp() would take for @name. 0, or an exit status and the
 * reason in @why.
 */
int program_find(const char *name, char path[PATH_MAX], char *why, size_t size)
{
	const char *dirs = getenv("PATH");
	bool denied = false;

	if (!*name)
		return because(EXIT_RUN_NONE, why, size, "the name of the program is empty");
	if (strchr(name, '/')) {
		if (access(name, F_OK))
			return because(errno == ENOENT || errno == ENOTDIR ?
				       EXIT_RUN_NONE : EXIT_RUN_CANNOT, why,
				       size, "%s: %s", name, errno == ENOENT ?
				       "not found" : strerror(errno));
		snprintf(path, PATH_MAX, "%s", name);
		return 0;
	}
	if (!dirs || !*dirs)
		dirs = "/bin:/usr/bin";
	for (;;) {
		size_t len = strcspn(dirs, ":");

		snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, dirs,
			 len ? "/" : "./", name);
		if (is_file(path)) {
			if (!access(path, X_OK))
				return 0;
			denied = true;
		}
		if (!dirs[len])
			break;
		dirs += len + 1;
	}
	if (denied)
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s: found, but not executable", name);
	return because(EXIT_RUN_NONE, why, size, "%s: not found", name);
}

/*
 * With other privileges than the caller's (AT_SECURE) the loader takes
 * libraries from its own directories alone. The conditions are the kernel's.
 */
static int check_privileges(const char *real, const char *path, char *why,
			    size_t size)
{
	struct statvfs fs;
	struct stat st;
	char caps[64];

	if (stat(real, &st) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return 0;
	if (!statvfs(real, &fs) && fs.f_flag & ST_NOSUID)
		return 0;
	if (st.st_mode & S_ISUID && st.st_uid != getuid())
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s is setuid: the loader ignores LD_PRELOAD there", path);
	/* Without the group's x the bit once meant locking. */
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    st.st_gid != getgid())
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s is setgid: the loader ignores LD_PRELOAD there", path);
	if (getuid() && getxattr(real, "security.capability", caps, sizeof(caps)) > 0)
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s has file capabilities: the loader ignores LD_PRELOAD there",
			       path);
	return 0;
}

/**
 * struct elf_facts - what of an ELF file matters to the loader
 * @class: EI_CLASS
 * @machine: e_machine
 * @interp: the dynamic loader; "" if there is none
 * @go: Go's compiler made it
 */
struct elf_facts {
	unsigned char	class;
	unsigned short	machine;
	char		interp[128];
	bool		go;
};

/* @len and what follows until the next multiple of @align, a power of two. */
static unsigned long long padded(unsigned long long len, unsigned long long align)
{
	return (len + align - 1) & ~(align - 1);
}

/*
 * Go's compiler leaves a note with its name, of the build's identity. If another
 * linker made the program, for what is in C, others may stand before it in the
 * same segment of @len octets; @align holds for name and content of each.
 */
static bool notes_are_go(int fd, unsigned long long offset, unsigned long long len,
			 unsigned int align)
{
	struct {
		Elf32_Nhdr	head;	/* the same in both classes */
		char		name[4];
	} note;
	unsigned long long size;
	int i;

	for (i = 0; i < NOTES_MAX && len >= sizeof(note); i++) {
		if (pread(fd, &note, sizeof(note), offset) != sizeof(note))
			return false;
		if (note.head.n_namesz == sizeof(note.name) &&
		    !memcmp(note.name, "Go\0", 4))
			return true;
		size = padded(sizeof(note.head) + note.head.n_namesz, align);
		size = padded(size + note.head.n_descsz, align);
		if (size > len)
			return false;
		offset += size;
		len -= size;
	}
	return false;
}

/* Program headers of either class. */
static void elf_segments(int fd, const unsigned char *head, struct elf_facts *f)
{
	unsigned long long phoff, offset, len, align;
	unsigned int n, i, phentsize, type;
	union {
		Elf32_Phdr	p32;
		Elf64_Phdr	p64;
	} ph;

	if (f->class == ELFCLASS64) {
		const Elf64_Ehdr *e = (const void *)head;

		phoff = e->e_phoff;
		n = e->e_phnum;
		phentsize = e->e_phentsize;
	} else {
		const Elf32_Ehdr *e = (const void *)head;

		phoff = e->e_phoff;
		n = e->e_phnum;
		phentsize = e->e_phentsize;
	}
	for (i = 0; i < n; i++) {
		ssize_t got = pread(fd, &ph, sizeof(ph), phoff + (unsigned long long)i * phentsize);

		if (got < (ssize_t)(f->class == ELFCLASS64 ? sizeof(ph.p64) : sizeof(ph.p32)))
			return;
		type = f->class == ELFCLASS64 ? ph.p64.p_type : ph.p32.p_type;
		offset = f->class == ELFCLASS64 ? ph.p64.p_offset : ph.p32.p_offset;
		len = f->class == ELFCLASS64 ? ph.p64.p_filesz : ph.p32.p_filesz;
		align = f->class == ELFCLASS64 ? ph.p64.p_align : ph.p32.p_align;
		if (type == PT_NOTE)
			f->go |= notes_are_go(fd, offset, len, align == 8 ? 8 : 4);
		if (type != PT_INTERP)
			continue;
		if (len >= sizeof(f->interp))
			len = sizeof(f->interp) - 1;
		got = pread(fd, f->interp, len, offset);
		f->interp[got > 0 ? got : 0] = 0;
	}
}

/* Of ELF files of this machine's byte order; others cannot run here. */
static bool elf_read(int fd, const unsigned char *head, size_t len,
		     struct elf_facts *f)
{
	memset(f, 0, sizeof(*f));
	if (len < sizeof(Elf64_Ehdr) || memcmp(head, ELFMAG, SELFMAG))
		return false;
	f->class = head[EI_CLASS];
	/* At the same place in both classes. */
	f->machine = ((const Elf64_Ehdr *)(const void *)head)->e_machine;
	elf_segments(fd, head, f);
	return true;
}

static bool elf_of(const char *path, struct elf_facts *f)
{
	unsigned char head[sizeof(Elf64_Ehdr)] __attribute__((aligned(8)));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;
	bool ok;

	if (fd < 0)
		return false;
	len = read(fd, head, sizeof(head));
	ok = len > 0 && elf_read(fd, head, len, f);
	close(fd);
	return ok;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool same_file(const char *a, const char *b)
{
	struct stat st_a, st_b;

	return !stat(a, &st_a) && !stat(b, &st_b) && st_a.st_dev == st_b.st_dev &&
	       st_a.st_ino == st_b.st_ino;
}

/* The loader of @path must take our library, which is like this program. */
static int check_elf(const char *real, const char *path, const struct elf_facts *f,
		     char *why, size_t size)
{
	struct elf_facts own;
	bool have_own = elf_of("/proc/self/exe", &own);

	/* Before the next: most of these are static, too, and this says more. */
	if (f->go)
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s is a Go program, which makes its connections without the C library: LD_PRELOAD has no effect there",
			       path);
	if (!*f->interp) {
		/* The loader itself, in front of the program, takes LD_PRELOAD. */
		if (have_own && (same_file(real, own.interp) ||
				 !strcmp(last_part(path), last_part(own.interp))))
			return 0;
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s is statically linked: LD_PRELOAD has no effect there", path);
	}
	if (!have_own)
		return 0;
	if (f->class != own.class || f->machine != own.machine)
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s is for another architecture than " PRELOAD_LIB, path);
	if (strcmp(last_part(f->interp), last_part(own.interp)))
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s uses another C library (%s) than " PRELOAD_LIB, path,
			       f->interp);
	return 0;
}

/* One word of a #! line: into @word, returns what stands behind it. */
static char *next_word(char *line, char **word)
{
	line += strspn(line, " \t");
	*word = line;
	line += strcspn(line, " \t");
	if (*line)
		*line++ = 0;
	return line;
}

/**
 * struct env_line - what env of a #! line does
 * @drops: the option or assignment that takes LD_PRELOAD away, or NULL
 * @elsewhere: in another directory
 * @unknown: who the program is cannot be told from here
 * @program: its name, "" if there is none
 */
struct env_line {
	const char	*drops;
	bool		elsewhere;
	bool		unknown;
	const char	*program;
};

/* @value is the operand of an option that sets or clears the variable @var. */
static bool is_variable(const char *value, const char *var)
{
	size_t len = strlen(var);

	return !strncmp(value, var, len) && (!value[len] || value[len] == '=');
}

/* A variable changes. Another PATH finds another program. */
static void env_changes(struct env_line *e, const char *variable, const char *word)
{
	if (is_variable(variable, "LD_PRELOAD"))
		e->drops = word;
	else if (is_variable(variable, "PATH"))
		e->unknown = true;
}

/*
 * The letter of the long option of env that @word is, as coreutils has them; a
 * beginning is enough where no other has it, too. Those without a letter that
 * matters here are v. 0: none, or more than one.
 */
static char env_letter(const char *word)
{
	static const struct {
		const char	*name;
		char		letter;
	} options[] = {
		{ "--argv0", 'a' }, { "--block-signal", 'v' }, { "--chdir", 'C' },
		{ "--debug", 'v' }, { "--default-signal", 'v' }, { "--help", 'v' },
		{ "--ignore-environment", 'i' }, { "--ignore-signal", 'v' },
		{ "--list-signal-handling", 'v' }, { "--null", 'v' },
		{ "--split-string", 'S' }, { "--unset", 'u' }, { "--version", 'v' },
	};
	size_t len = strcspn(word, "=");
	char letter = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (strncmp(options[i].name, word, len))
			continue;
		if (letter)
			return 0;
		letter = options[i].letter;
	}
	return letter;
}

/* Is one of those there for which env has rules of its own in what -S splits? */
static bool env_quotes(const char *word, size_t len)
{
	return strcspn(word, "\"'\\$#") < len;
}

/*
 * An option of env, but -S: a long name, or letters; the value is in the same
 * word or the next. Returns what stands behind it, NULL if that cannot be told.
 */
static char *env_option(struct env_line *e, char *word, char *rest)
{
	char letter = 0, *value = NULL;

	if (word[1] == '-') {
		letter = env_letter(word);
		if (!letter)
			return NULL;
		if (letter == 'i')
			e->drops = word;
		value = word + strcspn(word, "=");
		value += *value == '=';
	}
	while (!value && *++word) {
		letter = *word;
		if (letter == 'i')
			e->drops = "-i";
		if (strchr("uCa", letter))
			value = word + 1;
	}
	if (value && !*value && strchr("uCa", letter)) {
		rest = next_word(rest, &value);
		if (env_quotes(value, strlen(value)))
			return NULL;
	}
	if (letter == 'u')
		env_changes(e, value, "-u LD_PRELOAD");
	e->elsewhere |= letter == 'C';
	return rest;
}

/* Where the words begin that -S splits; NULL if @word is not -S. */
static char *env_split(char *word)
{
	char *s;

	if (word[0] != '-')
		return NULL;
	if (word[1] == '-') {
		if (env_letter(word) != 'S')
			return NULL;
		word += strcspn(word, "=");
		return word + (*word == '=');
	}
	s = strchr(word, 'S');
	/* The S of -uS is a name. */
	return s && strcspn(word, "uCa") > (size_t)(s - word) ? s + 1 : NULL;
}

/*
 * What env makes of the rest of the line, which it cuts into pieces: options, up
 * to the first word that is none, or behind --; a lone -, which is -i; variables;
 * the program.
 */
static void env_parse(char *rest, struct env_line *e)
{
	bool options = true, minus = true;
	char *word, *split;

	memset(e, 0, sizeof(*e));
	while (rest) {
		rest = next_word(rest, &word);
		e->program = word;
		split = options ? env_split(word) : NULL;
		if (env_quotes(word, split ? (size_t)(split - word) : strlen(word)))
			break;
		if (split) {
			/* Letters in front of the S count; then its first word. */
			if (word[1] != '-' && memchr(word, 'i', split - word))
				e->drops = "-i";
			if (*split) {
				split[strlen(split)] = *rest ? ' ' : 0;
				rest = split;
			}
		} else if (options && !strcmp(word, "--")) {
			options = false;
		} else if (minus && !strcmp(word, "-")) {
			e->drops = word;
			options = false;
			minus = false;
		} else if (options && *word == '-') {
			rest = env_option(e, word, rest);
		} else if (strchr(word, '=')) {
			env_changes(e, word, word);
			options = false;
			minus = false;
		} else {
			return;
		}
	}
	/* What was found before holds. */
	e->unknown = true;
}

/*
 * The program that a #! line means: the interpreter, or with env, if our PATH is
 * the one it will see, the one that env starts.
 */
static int shebang_program(const char *script, char *line, bool has_path,
			   char path[PATH_MAX], char *why, size_t size)
{
	char *word, *rest = next_word(line, &word);
	struct env_line e;

	if (!*word)
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s names no interpreter behind #!", script);
	snprintf(path, PATH_MAX, "%s", word);
	if (strcmp(last_part(word), "env"))
		return 0;
	env_parse(rest, &e);
	if (e.drops)
		return because(EXIT_RUN_CANNOT, why, size,
			       "%s starts with env, and \"%s\" there takes LD_PRELOAD away",
			       script, e.drops);
	e.unknown |= e.elsewhere && *e.program != '/' && strchr(e.program, '/');
	return has_path && !e.unknown && *e.program ?
	       program_find(e.program, path, why, size) : 0;
}

/*
 * One file on the way from the program to its ELF interpreter: @real to open,
 * @file for people. 0, or an exit status and the reason in @why; 0 and "" in
 * @next if there is nothing more to look at.
 */
static int check_file(const char *real, const char *file, const char *path,
		      bool has_path, char next[PATH_MAX], char *why, size_t size)
{
	char line[SHEBANG_MAX] __attribute__((aligned(8)));
	struct elf_facts f;
	ssize_t len;
	int fd, status;
	bool elf;

	*next = 0;
	if (access(real, F_OK))
		return because(EXIT_RUN_NONE, why, size,
			       "%s: interpreter %s not found", path, file);
	if (!is_file(real))
		return because(EXIT_RUN_CANNOT, why, size, "%s is not a file", file);
	if (access(real, X_OK))
		return because(EXIT_RUN_CANNOT, why, size, "%s: not executable", file);
	fd = open(real, O_RDONLY | O_CLOEXEC);
	if (fd < 0)	/* executable, not readable: nothing to see */
		return check_privileges(real, file, why, size);
	len = read(fd, line, sizeof(line) - 1);
	if (len >= 2 && !strncmp(line, "#!", 2)) {
		close(fd);
		line[len] = 0;
		line[strcspn(line, "\n")] = 0;
		return shebang_program(file, line + 2, has_path, next, why, size);
	}
	elf = len > 0 && elf_read(fd, (void *)line, len, &f);
	close(fd);
	status = check_privileges(real, file, why, size);
	return !status && elf ? check_elf(real, file, &f, why, size) : status;
}

/*
 * Can the library get into @path? 0, or an exit status and the reason in @why.
 * What is neither ELF nor a script is for exec to judge. With @t the program is
 * one of that tree, and so are its interpreters.
 */
int program_check(const struct tree *t, const char *path, char *why, size_t size)
{
	char file[PATH_MAX], next[PATH_MAX], shown[2 * PATH_MAX], handle[TREE_HANDLE_LEN];
	int depth, status;

	snprintf(file, sizeof(file), "%s", path);
	for (depth = 0; depth <= SCRIPTS_MAX; depth++) {
		int fd = t ? tree_file(t, file, O_PATH) : -1;

		tree_handle(fd, handle);
		snprintf(shown, sizeof(shown), "%s%s", t ? t->name : "", file);
		status = check_file(t ? handle : file, shown, path, !t, next, why, size);
		if (fd >= 0)
			close(fd);
		if (status || !*next)
			return status;
		memcpy(file, next, sizeof(file));
	}
	return because(EXIT_RUN_CANNOT, why, size,
		       "%s: too many interpreters of interpreters", path);
}

/* -- the command --------------------------------------------------------- */

static int complain(int status, const char *text)
{
	fprintf(stderr, "%s%s: ", program_name,
		strcmp(program_name, "mobctl") ? "" : " run");
	text_put(stderr, text);
	putc('\n', stderr);
	return status;
}

static void run_usage(FILE *to)
{
	fprintf(to, "Usage: %s%s\n", program_name,
		strcmp(program_name, "mobctl") ? " [ -- ] PROGRAM [ ARGUMENT ]..." :
						 " run [ -- ] PROGRAM [ ARGUMENT ]...");
	fputs("  Starts PROGRAM so that its TCP connections survive a change of the host's\n"
	      "  address, if the other end has tcp_mobility, too; else they are plain TCP.\n"
	      "  Exit status: PROGRAM's; 125: mobctl failed, 126: PROGRAM cannot be run\n"
	      "  this way, 127: PROGRAM not found.\n", to);
}

static bool ulp_listed(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_available_ulp", "re");
	char line[256];
	bool found;

	if (!f)
		return false;
	found = fgets(line, sizeof(line), f) && strstr(line, "mobility");
	fclose(f);
	return found;
}

/* Would modprobe find a module of that name or alias? */
bool modprobe_knows(const char *name)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execlp("modprobe", "modprobe", "-nq", name, NULL);
		execl("/sbin/modprobe", "modprobe", "-nq", name, NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/*
 * Only root's setsockopt() loads an installed module. The list of ULPs is to be
 * seen in the first network namespace alone.
 */
static void check_module(void)
{
	if (!access("/sys/module/tcp_mobility", F_OK) || ulp_listed())
		return;
	/* Setting the ULP loads an installed module. */
	if (!modprobe_knows("tcp-ulp-mobility"))
		complain(0, "this kernel has no tcp_mobility (see mobctl doctor): plain TCP");
	else if (geteuid())
		complain(0, "tcp_mobility is not loaded, and only root can load it (modprobe tcp_mobility): plain TCP");
}

static int add_preload(const char *lib)
{
	const char *before = getenv("LD_PRELOAD");
	char *list;
	int ret;

	/* Once is enough for nested calls. */
	if (preload_has(before, lib))
		return 0;
	if (asprintf(&list, "%s%s%s", lib, before && *before ? ":" : "",
		     before ?: "") < 0)
		return -1;
	ret = setenv("LD_PRELOAD", list, 1);
	free(list);
	return ret;
}

static int do_run(int argc, char **argv)
{
	char lib[PATH_MAX], path[PATH_MAX], why[PATH_MAX + 128];
	int status;

	if (argc && (!strcmp(argv[0], "-h") || !strcmp(argv[0], "-help") ||
		     !strcmp(argv[0], "--help"))) {
		run_usage(stdout);
		return 0;
	}
	if (argc && !strcmp(argv[0], "--")) {
		argc--;
		argv++;
	} else if (argc && !strncmp(argv[0], "--listen", strlen("--listen"))) {
		return complain(EXIT_RUN_FAILED,
				"of PROGRAM every port is mobile; for a server that runs already: mobctl tcp enable --listen ENDPOINT");
	} else if (argc && argv[0][0] == '-') {
		snprintf(why, sizeof(why), "option \"%s\" is unknown, try \"%s --help\"",
			 argv[0], strcmp(program_name, "mobctl") ?
			 program_name : "mobctl run");
		return complain(EXIT_RUN_FAILED, why);
	}
	if (!argc) {
		run_usage(stderr);
		return EXIT_RUN_FAILED;
	}
	if (!preload_find(lib))
		return complain(EXIT_RUN_FAILED,
				PRELOAD_LIB " not found (TCP_MOBILITY_LIB=FILE names it)");
	if (strpbrk(lib, ": $"))
		return complain(EXIT_RUN_FAILED,
				"the directory of " PRELOAD_LIB " has a colon, a space or a $ in its name, which LD_PRELOAD cannot carry");
	status = program_find(argv[0], path, why, sizeof(why));
	if (!status)
		status = program_check(NULL, path, why, sizeof(why));
	if (status)
		return complain(status, why);
	check_module();
	/* mobctl -d run: it tells of each socket. */
	if (out_opts.details)
		setenv("TCP_MOBILITY_DEBUG", "1", 0);
	if (add_preload(lib))
		return complain(EXIT_RUN_FAILED, strerror(errno));
	fflush(NULL);
	execvp(argv[0], argv);
	status = errno == ENOENT ? EXIT_RUN_NONE : EXIT_RUN_CANNOT;
	snprintf(why, sizeof(why), "%s: %s", argv[0], strerror(errno));
	return complain(status, why);
}

const struct command run_commands[] = {
	{ "", "[ -- ] PROGRAM [ ARGUMENT ]...",
	  "start PROGRAM so that its connections are mobile", do_run },
	{ NULL }
};
