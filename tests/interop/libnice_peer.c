// SPDX-License-Identifier: GPL-2.0
/*
 * libnice as the peer of icepeer:
 *
 *	libnice_peer ICEPEER controlling|controlled OUR-ADDRESS PORT
 *
 * OUR-role is icepeer's. Credentials (4 and 24 hex digits, as the option of M-ICE
 * can carry them) and candidates are exchanged by hand: libnice's by its API,
 * icepeer's as arguments. Exit status 0 if the pair was nominated and each end has
 * received data of the other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nice/agent.h>

static const char ours[2][25] = { "0af9", "00112233445566778899aabb" };
static const char theirs[2][25] = { "beef", "c0c1c2c3c4c5c6c7c8c9cacb" };
static GMainLoop *loop;
static guint stream;
static int got, status = 1;

static void received(NiceAgent *agent, guint s, guint component, guint len,
		     gchar *data, gpointer user)
{
	(void)component;
	(void)user;
	if (len == 12 && !memcmp(data, "from icepeer", 12))
		got++;
	nice_agent_send(agent, s, 1, 12, "to icepeer 2");
}

static void gathered(NiceAgent *agent, guint s, gpointer user)
{
	(void)agent;
	(void)s;
	(void)user;
	g_main_loop_quit(loop);
}

static void changed(NiceAgent *agent, guint s, guint component, guint state,
		    gpointer user)
{
	(void)component;
	(void)user;
	if (state == NICE_COMPONENT_STATE_READY)
		nice_agent_send(agent, s, 1, 12, "to icepeer 1");
}

static void ended(GPid pid, gint wait_status, gpointer user)
{
	(void)pid;
	(void)user;
	status = !g_spawn_check_wait_status(wait_status, NULL);
	g_main_loop_quit(loop);
}

static gboolean too_long(gpointer user)
{
	(void)user;
	g_main_loop_quit(loop);
	return FALSE;
}

/* icepeer with our candidates at the end of its arguments. */
static GPid spawn(NiceAgent *agent, char **argv)
{
	GPtrArray *args = g_ptr_array_new();
	GSList *c = nice_agent_get_local_candidates(agent, stream, 1);
	GPid pid = 0;

	g_ptr_array_add(args, argv[1]);
	g_ptr_array_add(args, argv[3]);
	g_ptr_array_add(args, argv[4]);
	g_ptr_array_add(args, argv[2]);
	g_ptr_array_add(args, (char *)theirs[0]);
	g_ptr_array_add(args, (char *)theirs[1]);
	g_ptr_array_add(args, (char *)ours[0]);
	g_ptr_array_add(args, (char *)ours[1]);
	for (; c; c = c->next) {
		NiceCandidate *cand = c->data;
		char *ip = g_malloc(INET6_ADDRSTRLEN);

		if (cand->transport != NICE_CANDIDATE_TRANSPORT_UDP)
			continue;
		nice_address_to_string(&cand->addr, ip);
		g_ptr_array_add(args, ip);
		g_ptr_array_add(args, g_strdup_printf("%u",
				nice_address_get_port(&cand->addr)));
	}
	g_ptr_array_add(args, NULL);
	g_spawn_async(NULL, (char **)args->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
		      NULL, NULL, &pid, NULL);
	return pid;
}

int main(int argc, char **argv)
{
	NiceCandidate *cand;
	NiceAgent *agent;
	NiceAddress addr;

	if (argc < 5)
		return 2;
	loop = g_main_loop_new(NULL, FALSE);
	agent = nice_agent_new(NULL, NICE_COMPATIBILITY_RFC5245);
	g_object_set(agent, "controlling-mode", !strcmp(argv[2], "controlled"),
		     "upnp", FALSE, "ice-tcp", FALSE, NULL);
	nice_address_init(&addr);
	nice_address_set_from_string(&addr, argv[3]);
	nice_agent_add_local_address(agent, &addr);
	g_signal_connect(agent, "candidate-gathering-done", G_CALLBACK(gathered), NULL);
	g_signal_connect(agent, "component-state-changed", G_CALLBACK(changed), NULL);
	stream = nice_agent_add_stream(agent, 1);
	nice_agent_set_local_credentials(agent, stream, ours[0], ours[1]);
	nice_agent_attach_recv(agent, stream, 1, NULL, received, NULL);
	g_timeout_add_seconds(20, too_long, NULL);
	nice_agent_gather_candidates(agent, stream);
	g_main_loop_run(loop);

	nice_agent_set_remote_credentials(agent, stream, theirs[0], theirs[1]);
	cand = nice_candidate_new(NICE_CANDIDATE_TYPE_HOST);
	cand->component_id = 1;
	cand->stream_id = stream;
	cand->transport = NICE_CANDIDATE_TRANSPORT_UDP;
	cand->priority = 2130706431;
	strcpy(cand->foundation, "1");
	nice_address_set_port(&addr, atoi(argv[4]));
	cand->addr = addr;
	nice_agent_set_remote_candidates(agent, stream, 1,
					 g_slist_append(NULL, cand));
	g_child_watch_add(spawn(agent, argv), ended, NULL);
	g_main_loop_run(loop);
	printf("libnice received %d times; icepeer %d\n", got, status);
	return status || !got;
}
