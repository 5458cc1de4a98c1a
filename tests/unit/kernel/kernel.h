/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What session.c, binding.c, rr.c and gather.c use of the kernel, for their tests:
 * a clock that the test sets, works that it runs, memory, hash tables, devices with
 * addresses. What they send and hear is in the tests themselves. Headers of the
 * kernel that they name are links to this file.
 */
#ifndef MICE_TEST_KERNEL_H
#define MICE_TEST_KERNEL_H

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "mice_shim.h"

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0
#define __percpu
#define __read_mostly
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define min_t(t, a, b)		((t)(a) < (t)(b) ? (t)(a) : (t)(b))
#define DIV_ROUND_UP(a, b)	(((a) + (b) - 1) / (b))
#define WARN_ON_ONCE(x)		({ bool on_ = (x); assert(!on_); on_; })
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define DECLARE_TRACEPOINT(x)	struct x##_tracepoint
#define tracepoint_enabled(x)	false
#define this_cpu_inc(x)		((x)++)
#define this_cpu_add(x, n)	((x) += (n))
#define lockdep_assert_held(l)	assert((l)->held)
#define cond_resched()		do { } while (0)
#define IS_ERR(p)		((unsigned long)(p) > -4096UL)
#define PTR_ERR(p)		((long)(p))
#define ERR_PTR(e)		((void *)(long)(e))
#define IPV6_ADDR_LINKLOCAL	0x20U

typedef s64 ktime_t;
typedef int16_t s16;
typedef u32 __be32;
#define U32_MAX			(~0U)

struct net_device;
struct net { struct net_device *devs; };
struct netlink_ext_ack { const char *msg; };
struct nlattr;
struct genl_info;
struct sock;
struct socket;
struct ctl_table;
struct sk_buff { char cb[48]; };
struct sk_buff_head { int none; };
struct notifier_block { int none; };
struct crypto_shash { int none; };

#define NL_SET_ERR_MSG(extack, text) \
	do { if (extack) (extack)->msg = (text); } while (0)

/* ---- time, set by the test */
extern u64 kernel_ms;
static inline ktime_t ktime_get(void) { return kernel_ms; }
static inline u64 ktime_to_ms(ktime_t t) { return t; }
static inline u32 ktime_get_seconds(void) { return kernel_ms / 1000; }
static inline u64 div_u64(u64 a, u32 b) { return a / b; }
static inline unsigned long msecs_to_jiffies(u64 ms) { return ms; }
#define jiffies			((unsigned long)kernel_ms)
#define HZ			1000

/* ---- locks: one thread, but is it held? */
struct mutex { bool held; };
static inline void mutex_lock(struct mutex *m) { assert(!m->held); m->held = true; }
static inline void mutex_unlock(struct mutex *m) { assert(m->held); m->held = false; }

/* ---- memory and chance */
static inline void *kvzalloc(size_t n, int gfp) { (void)gfp; return calloc(1, n); }
static inline void kvfree_sensitive(void *p, size_t n) { memset(p, 0, n); free(p); }
static inline void memzero_explicit(void *p, size_t n) { memset(p, 0, n); }
void get_random_bytes(void *p, size_t n);

/* ---- works */
struct work_struct { void (*func)(struct work_struct *w); };
struct delayed_work { struct work_struct work; bool pending; u64 due; };
struct workqueue_struct;
#define INIT_DELAYED_WORK(d, f)	((d)->work.func = (f))
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
void mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *d,
		      unsigned long delay);
void cancel_delayed_work_sync(struct delayed_work *d);

/* ---- hash tables */
struct hlist_node { struct hlist_node *next, **pprev; };
struct hlist_head { struct hlist_node *first; };
#define DECLARE_HASHTABLE(name, bits)	struct hlist_head name[1 << (bits)]

static inline void hlist_add(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	if (n->next)
		n->next->pprev = &n->next;
	h->first = n;
	n->pprev = &h->first;
}

static inline void hash_del(struct hlist_node *n)
{
	if (!n->pprev)
		return;
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
	n->pprev = NULL;
}

#define hash_slot(t, key)	(&(t)[(u32)(key) * 2654435761u >> 24 & (ARRAY_SIZE(t) - 1)])
#define hash_add(t, n, key)	hlist_add(n, hash_slot(t, key))
#define hlist_entry_or_null(n, type, member) \
	({ struct hlist_node *n_ = (n); n_ ? container_of(n_, type, member) : NULL; })
#define hlist_each(o, h, member) \
	for (o = hlist_entry_or_null((h)->first, typeof(*o), member); o; \
	     o = hlist_entry_or_null(o->member.next, typeof(*o), member))
#define hash_for_each_possible(t, o, member, key) \
	hlist_each(o, hash_slot(t, key), member)
#define hash_for_each(t, i, o, member) \
	for (i = 0; i < ARRAY_SIZE(t); i++) hlist_each(o, &(t)[i], member)

static inline u32 jhash(const void *p, u32 n, u32 seed)
{
	const u8 *q = p;

	while (n--)
		seed = seed * 31 + *q++;
	return seed;
}

/* ---- addresses */
static inline bool ipv6_addr_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool ipv6_addr_loopback(const struct in6_addr *a) { return IN6_IS_ADDR_LOOPBACK(a); }
static inline bool ipv6_addr_is_multicast(const struct in6_addr *a) { return IN6_IS_ADDR_MULTICAST(a); }
static inline bool ipv6_addr_any(const struct in6_addr *a) { return IN6_IS_ADDR_UNSPECIFIED(a); }
static inline unsigned int ipv6_addr_type(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LINKLOCAL(a) ? IPV6_ADDR_LINKLOCAL : 0;
}

/* Those of the tests. */
int ipv6_chk_addr(struct net *net, const struct in6_addr *a,
		  const struct net_device *dev, int strict);
struct net_device *__ip_dev_find(struct net *net, u32 ip, bool ref);

/* ---- devices and their addresses, lists that the test makes */
#define ARPHRD_TUNNEL	768
#define ARPHRD_TUNNEL6	769
#define ARPHRD_SIT	776
#define ARPHRD_IPGRE	778
#define ARPHRD_IP6GRE	823
#define ARPHRD_NONE	0xfffe
#define IFF_UP		0x1
#define IFF_LOOPBACK	0x8
#define IFA_F_TEMPORARY	0x01
#define IFA_F_DADFAILED	0x08
#define IFA_F_DEPRECATED 0x20
#define IFA_F_TENTATIVE	0x40

struct rtnl_link_ops { const char *kind; };
struct in_ifaddr { struct in_ifaddr *next; u32 ifa_local; };
struct in_device { struct in_ifaddr *list; };
struct inet6_ifaddr {
	struct inet6_ifaddr	*if_list;
	u32			flags, prefered_lft;
	unsigned long		tstamp;
	struct in6_addr		addr;
};
struct inet6_dev { int lock; struct inet6_ifaddr *addr_list; };
struct net_device {
	struct net_device		*next;
	const char			*name;
	unsigned int			flags, type;
	const struct rtnl_link_ops	*rtnl_link_ops;
	struct in_device		ip4;
	struct inet6_dev		ip6;
};

#define rcu_read_lock()		((void)0)
#define rcu_read_unlock()	((void)0)
#define read_lock_bh(l)		((void)(l))
#define read_unlock_bh(l)	((void)(l))
#define __in6_dev_get(dev)	((struct inet6_dev *)&(dev)->ip6)
#define __in_dev_get_rcu(dev)	((struct in_device *)&(dev)->ip4)
#define for_each_netdev_rcu(net, dev) \
	for (dev = (net)->devs; dev; dev = dev->next)
#define in_dev_for_each_ifa_rcu(ifa, d) for (ifa = (d)->list; ifa; ifa = ifa->next)
#define list_for_each_entry(p, head, member) for (p = *(head); p; p = p->member)

static inline const char *skip_spaces(const char *s)
{
	return s + strspn(s, " \t");
}

/* ---- hashes of rr.c and binding.c, by libcrypto in session_test.c */
struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask);
void crypto_free_shash(struct crypto_shash *tfm);
int crypto_shash_tfm_digest(struct crypto_shash *tfm, const u8 *data,
			    unsigned int len, u8 *out);

#endif /* MICE_TEST_KERNEL_H */
