-- SPDX-License-Identifier: GPL-2.0
--
-- Wireshark and tshark: the three TCP options of draft-eddy-tcp-mobility-00,
-- Conn-Key, Conn-Key-Cont and Loc-Update, in all formats that tcp_mobility.ko
-- can write. Copy it to ~/.local/lib/wireshark/plugins, or
--
--	tshark -X lua_script:tcp_mobility.lua -Y tcp_mobility -r FILE
--
-- Kinds, the experiment identifier and the order of Conn-Key-Cont are
-- preferences, as they are sysctls there:
--
--	tshark -o tcp_mobility.kind_cont:251 -o tcp_mobility.drawn_order:TRUE ...

local mobility = Proto("tcp_mobility", "Mobility Support for TCP")

local EXID = 0x4d6f		-- RFC 6994, behind Kind and Length
local KEY_FIRST = 9		-- octets of the key in Conn-Key
local KEY_MAX = 32		-- of the longest key
local KEY_LEN = { [1] = 25, [2] = 32 }
local CURVES = { [1] = "NIST P-192", [2] = "X25519" }

local f = mobility.fields
f.conn_key	= ProtoField.none("tcp_mobility.conn_key", "Conn-Key")
f.cont		= ProtoField.none("tcp_mobility.cont", "Conn-Key-Cont")
f.loc_update	= ProtoField.none("tcp_mobility.loc_update", "Loc-Update")
f.kind		= ProtoField.uint8("tcp_mobility.kind", "Kind", base.DEC)
f.length	= ProtoField.uint8("tcp_mobility.length", "Length", base.DEC)
f.exid		= ProtoField.uint16("tcp_mobility.exid", "Experiment identifier", base.HEX)
f.curve		= ProtoField.uint8("tcp_mobility.curve", "Curve ID", base.DEC, CURVES)
f.key_part	= ProtoField.bytes("tcp_mobility.key_part", "Octets of the key")
f.offset	= ProtoField.uint8("tcp_mobility.offset", "Offset", base.DEC)
f.have_key	= ProtoField.bool("tcp_mobility.have_key", "Confirms the peer's whole key")
f.reqno		= ProtoField.uint8("tcp_mobility.reqno", "ReqNo", base.DEC)
f.token		= ProtoField.bytes("tcp_mobility.token", "Token")
f.request	= ProtoField.bytes("tcp_mobility.request", "Request")
f.key		= ProtoField.bytes("tcp_mobility.key", "Public key")
f.key_frame	= ProtoField.framenum("tcp_mobility.key_frame", "Began in frame")
f.update_first	= ProtoField.framenum("tcp_mobility.update_first", "First update with this token")

local malformed = ProtoExpert.new("tcp_mobility.malformed",
	"Option of tcp_mobility that is malformed", expert.group.MALFORMED, expert.severity.WARN)
local conflict = ProtoExpert.new("tcp_mobility.conflict",
	"Octets of the key that differ from earlier ones", expert.group.SECURITY, expert.severity.WARN)
mobility.experts = { malformed, conflict }

local p = mobility.prefs
p.kind_conn_key		= Pref.uint("Kind of Conn-Key", 253, "sysctl kind_conn_key")
p.kind_cont		= Pref.uint("Kind of Conn-Key-Cont", 253, "sysctl kind_cont")
p.kind_loc_update	= Pref.uint("Kind of Loc-Update", 253, "sysctl kind_loc_update")
p.drawn_order		= Pref.bool("Length behind Offset", false,
	"Conn-Key-Cont in the order that Figure 2 of the draft draws; sysctl cont_order")

local tcp_options = Field.new("tcp.options")
local tcp_hdr_len = Field.new("tcp.hdr_len")
local tcp_flags = Field.new("tcp.flags")
local tcp_stream = Field.new("tcp.stream")
local tcp_srcport = Field.new("tcp.srcport")

-- What was seen so far: of each direction of a stream its key, of each token its
-- first update; of each frame what followed from it, as it may be shown again.
local keys, whole, updates, conflicts

function mobility.init()
	keys, whole, updates, conflicts = {}, {}, {}, {}
end

-- Is there an experiment identifier at @at, and is it ours?
local function has_exid(options, at, len)
	return len >= at + 2 and options(at, 2):uint() == EXID
end

-- Keep octets of a key.
local function collect(direction, number, first, bytes, curve)
	local k = keys[direction]

	if curve then
		k = { curve = curve, octets = {}, count = 0, begun = number }
		keys[direction] = k
	elseif not k then
		return
	end
	for i = 0, bytes:len() - 1 do
		local value = bytes:get_index(i)
		if not k.octets[first + i] then
			k.count = k.count + 1
		elseif k.octets[first + i] ~= value then
			conflicts[number] = true
		end
		k.octets[first + i] = value
	end
	if k.count == KEY_LEN[k.curve] and not k.complete then
		local hex = {}
		for i = 0, k.count - 1 do
			hex[#hex + 1] = string.format("%02x", k.octets[i])
		end
		k.complete = true
		whole[number] = { hex = table.concat(hex), begun = k.begun }
	end
end

-- One option; each of these adds a subtree and returns words for the info column.
local function conn_key(opt, exid, pinfo, tree, direction)
	local at = exid and 4 or 2
	local t = tree:add(f.conn_key, opt)
	local curve = opt(at, 1):uint()

	t:append_text(string.format(": %s", CURVES[curve] or "curve " .. curve))
	t:add(f.kind, opt(0, 1))
	t:add(f.length, opt(1, 1))
	if exid then t:add(f.exid, opt(2, 2)) end
	t:add(f.curve, opt(at, 1))
	t:add(f.key_part, opt(at + 1, KEY_FIRST))
	if not pinfo.visited then
		collect(direction, pinfo.number, 0, opt(at + 1, KEY_FIRST):bytes(), curve)
	end
	return "Conn-Key"
end

local function loc_update(opt, exid, pinfo, tree)
	local at = exid and 4 or 2
	local t = tree:add(f.loc_update, opt)
	local token = opt(at + 1, 8):bytes():tohex()

	t:append_text(string.format(": ReqNo %d, Token %s", opt(at, 1):uint(), token:lower()))
	t:add(f.kind, opt(0, 1))
	t:add(f.length, opt(1, 1))
	if exid then t:add(f.exid, opt(2, 2)) end
	t:add(f.reqno, opt(at, 1))
	t:add(f.token, opt(at + 1, 8))
	t:add(f.request, opt(at + 9, 8))
	updates[token] = updates[token] or pinfo.number
	if updates[token] ~= pinfo.number then
		t:add(f.update_first, updates[token]):set_generated()
	end
	return string.format("Loc-Update ReqNo=%d", opt(at, 1):uint())
end

-- Offsets that no key has are another experiment's: nil.
local function cont(opt, pinfo, our_tree, direction)
	local drawn = p.drawn_order
	local len = opt:len()
	-- The identifier is behind Length, which in the drawn order is third.
	local exid = len >= 5 and has_exid(opt, drawn and 3 or 2, len)
	local offset = opt(drawn and 1 or exid and 4 or 2, 1)
	local at = exid and 5 or 3
	local t

	if offset:uint() < KEY_FIRST or offset:uint() + len - at > KEY_MAX then
		return nil
	end
	t = our_tree():add(f.cont, opt)
	t:add(f.kind, opt(0, 1))
	t:add(f.length, opt(drawn and 2 or 1, 1))
	if exid then t:add(f.exid, opt(drawn and 3 or 2, 2)) end
	t:add(f.offset, offset)
	if len == at then
		t:add(f.have_key, true):set_generated()
		t:append_text(": the peer's key has come")
		return "Conn-Key-Cont: have key"
	end
	t:add(f.key_part, opt(at, len - at))
	t:append_text(string.format(": octets %d to %d", offset:uint(), offset:uint() + len - at - 1))
	if not pinfo.visited then
		collect(direction, pinfo.number, offset:uint(), opt(at, len - at):bytes(), nil)
	end
	if conflicts[pinfo.number] then
		t:add_proto_expert_info(conflict)
	end
	return "Conn-Key-Cont"
end

-- The option at @opt by kind, SYN and length; nil if it is none of ours.
local function judge(opt, syn, pinfo, tree, direction)
	local kind, len = opt(0, 1):uint(), opt:len()
	local exid = has_exid(opt, 2, len)

	if not syn then
		return kind == p.kind_cont and cont(opt, pinfo, tree, direction)
	end
	if kind == p.kind_conn_key and (len == 12 or (len == 14 and exid)) then
		return conn_key(opt, len == 14, pinfo, tree(), direction)
	end
	if kind == p.kind_loc_update and (len == 19 or (len == 21 and exid)) then
		return loc_update(opt, len == 21, pinfo, tree())
	end
end

-- All options of one TCP header. @tree makes our part of the tree when needed.
local function walk(options, syn, pinfo, tree, direction, said)
	local at, len = 0, options:len()

	while at < len do
		local kind = options(at, 1):uint()
		local opt_len

		if kind == 0 then
			return
		elseif kind == 1 then
			opt_len = 1
		else
			local drawn = p.drawn_order and not syn and kind == p.kind_cont
			local place = at + (drawn and 2 or 1)

			opt_len = place < len and options(place, 1):uint() or 0
			if opt_len < (drawn and 3 or 2) or at + opt_len > len then
				if kind == p.kind_cont or kind == p.kind_conn_key or
				   kind == p.kind_loc_update then
					tree():add_proto_expert_info(malformed)
				end
				return
			end
			if not (not syn and kind == p.kind_cont and opt_len < 3) then
				said[#said + 1] = judge(options(at, opt_len), syn, pinfo,
							tree, direction) or nil
			else
				tree():add_proto_expert_info(malformed)
			end
		end
		at = at + opt_len
	end
end

function mobility.dissector(tvb, pinfo, root)
	local options, lengths = { tcp_options() }, { tcp_hdr_len() }
	local flags, streams, ports = { tcp_flags() }, { tcp_stream() }, { tcp_srcport() }
	local said, tree, n = {}, nil, 0

	local function our_tree()
		tree = tree or root:add(mobility)
		return tree
	end

	-- A frame may hold several headers (ICMP errors, tunnels).
	for i, hdr_len in ipairs(lengths) do
		if hdr_len.value > 20 and flags[i] then
			n = n + 1
			local o = options[n]
			if not o then break end
			local syn = bit.band(flags[i].value, 2) ~= 0
			local direction = string.format("%s %s %s", streams[i] and streams[i].value or "-",
				tostring(pinfo.src), ports[i] and ports[i].value or "-")
			walk(o.range, syn, pinfo, our_tree, direction, said)
		end
	end
	if whole[pinfo.number] then
		local k = whole[pinfo.number]
		local item = our_tree():add(f.key, ByteArray.new(k.hex):tvb("Public key")())
		item:set_generated()
		our_tree():add(f.key_frame, k.begun):set_generated()
	end
	if #said > 0 then
		pinfo.cols.info:append(" [" .. table.concat(said, ", ") .. "]")
	end
end

register_postdissector(mobility)
