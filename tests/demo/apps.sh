# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Real programs for demo.sh and 60-apps.sh: sshd and nginx with everything
# they need in one directory, and the clients' side of it. Sourced.
#
# Callers set:
#	apps_dir	a fresh directory, for configuration, keys and data
#	apps_host	address of the correspondent
#	apps_rate	nginx's rate per connection, e.g. 200k (optional)
# A server is started with a prefix, e.g. "ip netns exec cn mobrun".

apps_ssh_port=22
apps_http_port=80

apps_make_keys()
{
	ssh-keygen -q -t ed25519 -N '' -C demo -f "$apps_dir/user_key" &&
	ssh-keygen -q -t ed25519 -N '' -C demo -f "$apps_dir/host_key" || return
	cp "$apps_dir/user_key.pub" "$apps_dir/authorized_keys"
	echo "$apps_host $(cut -d' ' -f1,2 "$apps_dir/host_key.pub")" \
		> "$apps_dir/known_hosts"
}

apps_write_configs()
{
	local sftp

	sftp=$(find /usr/lib/openssh /usr/lib/ssh /usr/libexec -name sftp-server \
		2>/dev/null | head -n 1)
	cat > "$apps_dir/sshd_config" <<-END
	Port $apps_ssh_port
	HostKey $apps_dir/host_key
	AuthorizedKeysFile $apps_dir/authorized_keys
	PidFile $apps_dir/sshd.pid
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	PermitRootLogin prohibit-password
	StrictModes no
	UsePAM no
	UseDNS no
	PrintMotd no
	MaxStartups 100
	Subsystem sftp ${sftp:-internal-sftp}
	END
	cat > "$apps_dir/ssh_config" <<-END
	Host *
	    Port $apps_ssh_port
	    User root
	    IdentityFile $apps_dir/user_key
	    IdentitiesOnly yes
	    UserKnownHostsFile $apps_dir/known_hosts
	    GlobalKnownHostsFile /dev/null
	    StrictHostKeyChecking yes
	    BatchMode yes
	    LogLevel ERROR
	    KexAlgorithms curve25519-sha256
	    Ciphers aes128-ctr,chacha20-poly1305@openssh.com
	    MACs umac-64-etm@openssh.com,hmac-sha2-256
	END
	# Small chunks make nginx keep its rate within tens of milliseconds.
	cat > "$apps_dir/nginx.conf" <<-END
	worker_processes 1;
	error_log $apps_dir/nginx-error.log;
	pid $apps_dir/nginx.pid;
	user root;
	events { worker_connections 256; }
	http {
		access_log off;
		client_body_temp_path $apps_dir/body;
		proxy_temp_path $apps_dir/proxy;
		fastcgi_temp_path $apps_dir/fastcgi;
		uwsgi_temp_path $apps_dir/uwsgi;
		scgi_temp_path $apps_dir/scgi;
		sendfile on;
		sendfile_max_chunk 8k;
		server {
			listen $apps_http_port;
			${apps_rate:+limit_rate $apps_rate;}
			root $apps_dir/www;
		}
	}
	END
	mkdir -p "$apps_dir/www" "$apps_dir/sink"
}

apps_setup()
{
	chmod 711 "$apps_dir"
	apps_make_keys && apps_write_configs
}

# apps_start_sshd PREFIX...
apps_start_sshd()
{
	mkdir -p /run/sshd
	"$@" "$(command -v sshd)" -f "$apps_dir/sshd_config" \
		-E "$apps_dir/sshd.log"
}

# apps_start_nginx PREFIX...
apps_start_nginx()
{
	"$@" nginx -p "$apps_dir" -c "$apps_dir/nginx.conf" \
		-e "$apps_dir/nginx-error.log"
}

apps_stop()
{
	local pid

	[ -n "${apps_dir:-}" ] || return 0
	for pid in "$apps_dir/sshd.pid" "$apps_dir/nginx.pid"; do
		[ -s "$pid" ] && kill "$(cat "$pid")" 2>/dev/null
	done
}

# apps_random SIZE FILE: incompressible data.
apps_random()
{
	head -c "$1" /dev/urandom > "$2"
}

apps_sha()
{
	sha256sum < "$1" | cut -d' ' -f1
}
