// SPDX-License-Identifier: GPL-2.0
/*
 * libnice as the peer of the module, its API worked by hand:
 *
 *	hand_nice controlling|controlled UFRAG PWD { TYPE ADDRESS PORT PRIORITY }...
 *
 * The role is ours, all else the module's. Prints "local UFRAG PWD" and ADDRESS PORT
 * PRIORITY of each candidate, and "connected LOCAL PORT REMOTE PORT" once a pair is
 * nominated; then answers until it is killed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nice/agent.h>

static const char ours[2][25] = { "0af9", "00112233445566778899aabb" };
static gboolean ready;

static void print_address(const NiceAddress *a)
{
	char ip[INET6_ADDRSTRLEN];

	nice_address_to_string(a, ip);
	printf(" %s %u", ip, nice_address_get_port(a));
}

static void received(NiceAgent *agent, guint s, guint component, guint len,
		     gchar *data, gpointer user)
{
	(void)agent;
	(void)s;
	(void)component;
	(void)len;
	(void)data;
	(void)user;
}

static void gathered(NiceAgent *agent, guint s, gpointer user)
{
	(void)agent;
	(void)s;
	(void)user;
	ready = TRUE;
}

static void changed(NiceAgent *agent, guint s, guint component, guint state,
		    gpointer user)
{
	NiceCandidate *local, *remote;

	(void)user;
	if (state == NICE_COMPONENT_STATE_FAILED) {
		printf("failed\n");
	} else if (state == NICE_COMPONENT_STATE_READY &&
		   nice_agent_get_selected_pair(agent, s, component, &local, &remote)) {
		printf("connected");
		print_address(&local->addr);
		print_address(&remote->addr);
		printf("\n");
	}
}

static void print_local(NiceAgent *agent, guint stream, gboolean v6)
{
	GSList *c = nice_agent_get_local_candidates(agent, stream, 1);

	printf("local %s %s", ours[0], ours[1]);
	for (; c; c = c->next) {
		NiceCandidate *cand = c->data;

		if (cand->transport != NICE_CANDIDATE_TRANSPORT_UDP ||
		    (nice_address_ip_version(&cand->addr) == 6) != v6)
			continue;
		print_address(&cand->addr);
		printf(" %u", cand->priority);
	}
	printf("\n");
}

static NiceCandidate *candidate(char **words, guint stream)
{
	NiceCandidate *c;

	c = nice_candidate_new(strcmp(words[0], "srflx") ?
			       NICE_CANDIDATE_TYPE_HOST :
			       NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE);
	c->component_id = 1;
	c->stream_id = stream;
	c->transport = NICE_CANDIDATE_TRANSPORT_UDP;
	c->priority = strtoul(words[3], NULL, 10);
	strcpy(c->foundation, "1");
	if (!nice_address_set_from_string(&c->addr, words[1]))
		exit(2);
	nice_address_set_port(&c->addr, atoi(words[2]));
	c->base_addr = c->addr;
	return c;
}

int main(int argc, char **argv)
{
	GSList *remote = NULL;
	NiceAgent *agent;
	guint stream;
	int i;

	if (argc < 8)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	agent = nice_agent_new(NULL, NICE_COMPATIBILITY_RFC5245);
	g_object_set(agent, "controlling-mode", !strcmp(argv[1], "controlling"),
		     "upnp", FALSE, "ice-tcp", FALSE, NULL);
	g_signal_connect(agent, "candidate-gathering-done", G_CALLBACK(gathered), NULL);
	g_signal_connect(agent, "component-state-changed", G_CALLBACK(changed), NULL);
	stream = nice_agent_add_stream(agent, 1);
	nice_agent_set_local_credentials(agent, stream, ours[0], ours[1]);
	nice_agent_attach_recv(agent, stream, 1, NULL, received, NULL);
	/* The signal may come while this call is under way. */
	nice_agent_gather_candidates(agent, stream);
	while (!ready)
		g_main_context_iteration(NULL, TRUE);

	print_local(agent, stream, !!strchr(argv[5], ':'));
	nice_agent_set_remote_credentials(agent, stream, argv[2], argv[3]);
	for (i = 4; i + 3 < argc; i += 4)
		remote = g_slist_append(remote, candidate(argv + i, stream));
	nice_agent_set_remote_candidates(agent, stream, 1, remote);
	for (;;)
		g_main_context_iteration(NULL, TRUE);
}
