-- SPDX-License-Identifier: GPL-2.0
--
-- Wireshark and tshark: ICE for Mobile IPv6, draft-tschofenig-mip6-ice-01 and
-- draft-bajko-mip6-rrtfw-02. The Mobility Header types CoTI-ICE and CoT-ICE, the
-- M-ICE option in both framings in any Mobility Header, and all that shares the
-- UDP port. Copy it to ~/.local/lib/wireshark/plugins, or
--
--	tshark -X lua_script:mip6_ice.lua -Y mip6_ice -r FILE
--
-- Types and port are preferences, as they are sysctls there:
--
--	tshark -o mip6_ice.option_type:19 ...

local ice = Proto("mip6_ice", "ICE for Mobile IPv6")

local MH_PROTO = 135		-- next header
local MH_HEAD = 8		-- up to and with the first two octets of data
local NONE = 59			-- Payload Proto
local OPT_HEAD = 23		-- up to and with the length of ice-options
local OPT_MIN = 24
local NATIVE_MAX = 7		-- first octet of a length of 16 bits
local CAND_HEAD = 12
local CAND_MIN = 4
local COOKIE = 0x2112a442	-- STUN, at 4
-- Octets before the options, RFC 6275 6.1; our two have those of HoTI and HoT.
local FIXED = { [1] = 16, [3] = 24, [5] = 12, [6] = 12 }
local TYPES = { [1] = "host", [2] = "srflx", [3] = "prflx", [4] = "relayed" }

local f = ice.fields
f.coti_ice	= ProtoField.none("mip6_ice.coti_ice", "CoTI-ICE")
f.cot_ice	= ProtoField.none("mip6_ice.cot_ice", "CoT-ICE")
f.mh_type	= ProtoField.uint8("mip6_ice.mh_type", "MH Type", base.DEC)
f.cookie	= ProtoField.bytes("mip6_ice.cookie", "Init cookie")
f.nonce		= ProtoField.uint16("mip6_ice.nonce", "Nonce index", base.DEC)
f.token		= ProtoField.bytes("mip6_ice.token", "Keygen token")
f.option	= ProtoField.none("mip6_ice.option", "M-ICE option")
f.type		= ProtoField.uint8("mip6_ice.type", "Type", base.DEC)
f.length	= ProtoField.uint16("mip6_ice.length", "Octets of the option", base.DEC)
f.native	= ProtoField.bool("mip6_ice.native", "Length of 16 bits")
f.count		= ProtoField.uint8("mip6_ice.count", "Candidates", base.DEC)
f.checksum	= ProtoField.uint16("mip6_ice.checksum", "Checksum", base.HEX)
f.lite		= ProtoField.bool("mip6_ice.lite", "ice-lite", 16, nil, 0x8000)
f.mismatch	= ProtoField.bool("mip6_ice.mismatch", "ice-mismatch", 16, nil, 0x4000)
f.pwd		= ProtoField.bytes("mip6_ice.pwd", "Ice-pwd")
f.ufrag		= ProtoField.uint16("mip6_ice.ufrag", "ice-ufrag", base.HEX)
f.options	= ProtoField.bytes("mip6_ice.options", "ice-options")
f.cand		= ProtoField.none("mip6_ice.cand", "Candidate")
f.cand_type	= ProtoField.uint8("mip6_ice.cand.type", "Type", base.DEC, TYPES, 0x07)
f.cand_remote	= ProtoField.bool("mip6_ice.cand.remote", "remote-candidate", 8, nil, 0x08)
f.component	= ProtoField.uint8("mip6_ice.cand.component", "Component", base.DEC)
f.transport	= ProtoField.uint8("mip6_ice.cand.transport", "Transport", base.DEC)
f.priority	= ProtoField.uint32("mip6_ice.cand.priority", "Priority", base.DEC)
f.addr4		= ProtoField.ipv4("mip6_ice.cand.ipv4", "Address")
f.addr6		= ProtoField.ipv6("mip6_ice.cand.ipv6", "Address")
f.port		= ProtoField.uint16("mip6_ice.cand.port", "Port", base.DEC)
f.rel4		= ProtoField.ipv4("mip6_ice.cand.rel_ipv4", "Related address")
f.rel6		= ProtoField.ipv6("mip6_ice.cand.rel_ipv6", "Related address")
f.rel_port	= ProtoField.uint16("mip6_ice.cand.rel_port", "Related port", base.DEC)
f.keepalive	= ProtoField.none("mip6_ice.keepalive", "Keepalive")
f.mh_udp	= ProtoField.none("mip6_ice.mh_udp", "Mobility Header in UDP")

local malformed = ProtoExpert.new("mip6_ice.malformed", "Message, M-ICE option or candidate that is malformed",
	expert.group.MALFORMED, expert.severity.WARN)
local bad_sum = ProtoExpert.new("mip6_ice.bad_checksum", "Checksum of the M-ICE option is wrong",
	expert.group.CHECKSUM, expert.severity.WARN)
ice.experts = { malformed, bad_sum }

local p = ice.prefs
p.option_type	= Pref.uint("Mobility option type", 18, "sysctl option_type")
p.coti_ice	= Pref.uint("MH type of CoTI-ICE", 22, "sysctl mh_coti_ice")
p.cot_ice	= Pref.uint("MH type of CoT-ICE", 23, "sysctl mh_cot_ice")
p.port		= Pref.uint("UDP port", 4191, "sysctl port")

local protocols = DissectorTable.get("ip.proto")
-- Wireshark's own, which knows the types of RFC 6275.
local mobile_ipv6 = protocols:get_dissector(MH_PROTO)

local function has(tvb, at, n) return at + n <= tvb:len() end

-- One's complement sum of the whole option: right is all ones.
local function sum(tvb)
	local total = 0

	for at = 0, tvb:len() - 2, 2 do
		total = total + tvb(at, 2):uint()
	end
	if tvb:len() % 2 == 1 then
		total = total + tvb(tvb:len() - 1, 1):uint() * 256
	end
	while total > 0xffff do
		total = total % 0x10000 + math.floor(total / 0x10000)
	end
	return total
end

local function add_end(tree, tvb, at, version, addr4, addr6)
	if version == 4 then
		tree:add(addr4, tvb(at, 4))
	else
		tree:add(addr6, tvb(at, 16))
	end
end

-- A candidate; its octets, or nil if what follows cannot be found.
local function add_cand(tvb, at, tree)
	local version, len, ip, item

	if not has(tvb, at, CAND_MIN) then return nil end
	version = tvb(at, 1):bitfield(0, 4)
	len = tvb(at, 3):bitfield(4, 16)
	if len < CAND_MIN or not has(tvb, at, len) then return nil end
	item = tree:add(f.cand, tvb(at, len))
	item:add(f.cand_remote, tvb(at + 2, 1))
	item:add(f.cand_type, tvb(at + 2, 1))
	item:add(f.component, tvb(at + 3, 1))
	ip = version == 4 and 4 or version == 6 and 16
	if not ip or (len ~= CAND_HEAD + ip + 4 and len ~= CAND_HEAD + 2 * ip + 4) then
		item:add_proto_expert_info(malformed)
		return len
	end
	item:add(f.transport, tvb(at + 4, 1))
	item:add(f.priority, tvb(at + 8, 4))
	add_end(item, tvb, at + CAND_HEAD, version, f.addr4, f.addr6)
	item:add(f.port, tvb(at + CAND_HEAD + ip, 2))
	if len == CAND_HEAD + 2 * ip + 4 then
		item:add(f.rel_port, tvb(at + CAND_HEAD + ip + 2, 2))
		add_end(item, tvb, at + CAND_HEAD + ip + 4, version, f.rel4, f.rel6)
	end
	item:append_text(string.format(" %s, %s", TYPES[tvb(at + 2, 1):bitfield(5, 3)] or "?",
		version == 4 and tostring(tvb(at + CAND_HEAD, 4):ipv4()) or
				 tostring(tvb(at + CAND_HEAD, 16):ipv6())))
	return len
end

local function add_option(opt, native, tree)
	local item = tree:add(f.option, opt())
	local at, step

	item:add(f.type, opt(0, 1))
	item:add(f.length, opt(1, native and 2 or 1), opt:len())
	item:add(f.native, opt(1, 1), native)
	if opt:len() < OPT_MIN then
		item:add_proto_expert_info(malformed)
		return
	end
	item:add(f.count, opt(3, 1))
	item:add(f.checksum, opt(4, 2))
	if sum(opt) ~= 0xffff then item:add_proto_expert_info(bad_sum) end
	item:add(f.lite, opt(6, 2))
	item:add(f.mismatch, opt(6, 2))
	item:add(f.pwd, opt(8, 12))
	item:add(f.ufrag, opt(20, 2))
	at = opt(22, 1):uint()
	if not has(opt, OPT_HEAD, at) then
		item:add_proto_expert_info(malformed)
		return
	end
	if at > 0 then item:add(f.options, opt(OPT_HEAD, at)) end
	at = math.floor((OPT_HEAD + at + 3) / 4) * 4
	for _ = 1, opt(3, 1):uint() do
		step = add_cand(opt, at, item)
		if not step then
			item:add_proto_expert_info(malformed)
			return
		end
		at = at + step
	end
end

-- Options from @at on, ours shown; how many of these there are. Native framing is
-- that of our own two messages alone.
local function add_options(mh, at, ours, tree)
	local found, len, native = 0, nil, nil

	while at < mh:len() do
		local type = mh(at, 1):uint()

		if type == 0 then
			len = 1
		elseif not has(mh, at, 2) then
			break
		else
			len = mh(at + 1, 1):uint() + 2
			native = false
			if type == p.option_type and ours and len - 2 <= NATIVE_MAX and has(mh, at, 3) then
				len = mh(at + 1, 2):uint() + 3
				native = true
			end
			if not has(mh, at, len) then
				if type == p.option_type then tree:add_proto_expert_info(malformed) end
				break
			end
			if type == p.option_type then
				add_option(mh(at, len):tvb(), native, tree)
				found = found + 1
			end
		end
		at = at + len
	end
	return found
end

-- The Mobility Header at the beginning, cut to its length; nil if it is none.
local function header(tvb)
	local len

	if not has(tvb, 0, MH_HEAD) or tvb(0, 1):uint() ~= NONE then return nil end
	len = (tvb(1, 1):uint() + 1) * 8
	return has(tvb, 0, len) and tvb(0, len):tvb() or nil
end

-- Another's dissector; its complaint about a malformed packet would look like ours
-- about this script.
local function hand_on(dissector, tvb, pinfo, tree)
	if not pcall(function() dissector:call(tvb, pinfo, tree) end) then
		tree:add(ice, tvb()):add_proto_expert_info(malformed)
	end
	return tvb:len()
end

local function add_message(mh, tree, answers)
	local item = tree:add(answers and f.cot_ice or f.coti_ice, mh())

	item:add(f.mh_type, mh(2, 1))
	item:add(f.cookie, mh(8, 8))
	if answers then
		item:add(f.nonce, mh(6, 2))
		item:add(f.token, mh(16, 8))
	end
	return item
end

-- Does a header hold an option of ours? For types of RFC 6275.
local function carries(mh, at)
	while at and at < mh:len() do
		local type = mh(at, 1):uint()

		if type == p.option_type then return true end
		at = type == 0 and at + 1 or has(mh, at, 2) and at + 2 + mh(at + 1, 1):uint() or nil
	end
	return false
end

local function mobility_header(tvb, pinfo, tree)
	local mh = header(tvb)
	local type = mh and mh(2, 1):uint()
	local answers = type == p.cot_ice
	local item

	if mh and (type == p.coti_ice or answers) and has(mh, 0, answers and 24 or 16) then
		pinfo.cols.protocol = "M-ICE"
		pinfo.cols.info = answers and "CoT-ICE" or "CoTI-ICE"
		item = add_message(mh, tree:add(ice, mh()), answers)
		add_options(mh, answers and 24 or 16, true, item)
		return tvb:len()
	end
	hand_on(mobile_ipv6, tvb, pinfo, tree)
	if mh and FIXED[type] and carries(mh, FIXED[type]) then
		add_options(mh, FIXED[type], false, tree:add(ice, mh()))
	end
	return tvb:len()
end

function ice.dissector(tvb, pinfo, tree)
	return mobility_header(tvb, pinfo, tree)
end

-- What comes to the UDP port: the first octets tell (draft Section 12).
local udp = Proto("mip6_ice_udp", "ICE for Mobile IPv6, UDP")

function udp.dissector(tvb, pinfo, tree)
	local mh

	if tvb:len() == 1 and tvb(0, 1):uint() == 0xff then
		pinfo.cols.protocol = "M-ICE"
		pinfo.cols.info = "Keepalive"
		tree:add(ice, tvb()):add(f.keepalive, tvb())
		return 1
	end
	if has(tvb, 0, 20) and tvb(4, 4):uint() == COOKIE then
		return hand_on(Dissector.get("stun-udp"), tvb, pinfo, tree)
	end
	mh = header(tvb)
	if mh then
		tree:add(ice, mh()):add(f.mh_udp, mh())
		return mobility_header(tvb, pinfo, tree)
	end
	if has(tvb, 0, 20) and tvb(0, 1):bitfield(0, 4) == 4 then
		return hand_on(Dissector.get("ip"), tvb, pinfo, tree)
	end
	if has(tvb, 0, 40) and tvb(0, 1):bitfield(0, 4) == 6 then
		return hand_on(Dissector.get("ipv6"), tvb, pinfo, tree)
	end
	return 0
end

local ports = DissectorTable.get("udp.port")
local port

-- Preferences are read behind this file.
function ice.prefs_changed()
	if port then ports:remove(port, udp) end
	port = p.port
	ports:set(port, udp)
end

port = p.port
ports:set(port, udp)
protocols:set(MH_PROTO, ice)
