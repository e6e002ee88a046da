-- Wireshark and tshark: the packets in SerialScribe's recordings, field by field.
--
--   tshark -X lua_script:serialscribe.lua -r session.pcapng -Y serialscribe
--
-- or copy this file into Wireshark's folder of personal Lua plugins (Help, About, Folders).
-- firmware-proto/PROTOCOL.md has the fields. A recording holds raw bytes on its interfaces rx and
-- tx and, unless it was made with --no-packets, each packet on the interface `packets`;
-- `scribe import` adds packets to recordings without.

local raw = Proto("serialscribe_raw", "SerialScribe raw bytes")
local scribe = Proto("serialscribe", "SerialScribe link protocol")

local RAW_LINK = wtap_encaps and wtap_encaps.USER0 or wtap.USER0
local PACKET_LINK = wtap_encaps and wtap_encaps.USER1 or wtap.USER1

local HEADER = 6
local CHECKSUM = 4

local types = {
  [1] = "DESCRIPTOR", [2] = "BEGIN", [3] = "SLICE", [4] = "END", [5] = "LOG", [6] = "STATS",
  [7] = "HELLO", [8] = "PING", [9] = "PONG", [10] = "CREDIT", [11] = "TEXT", [12] = "COMMAND",
  [13] = "RESPONSE",
}
local formats = {
  [0] = "as the codec says", [1] = "gray8", [2] = "rgb565le", [3] = "rgb565be", [4] = "yuyv",
  [5] = "bilevel", [6] = "gray4",
}
local codecs = {
  [0] = "rows as they are", [1] = "JPEG file", [2] = "lossless gray", [3] = "coded bilevel",
}
local commands = { [1] = "FORMAT", [2] = "REGION", [3] = "RATE", [4] = "MTU", [5] = "REFRESH",
  [6] = "DELIVERY", [7] = "EXPOSURE" }
local statuses = {
  [0] = "done", [1] = "no such command", [2] = "not with this value", [3] = "arguments are missing",
  [4] = "the camera didn't do it",
}
local starts = {
  [0] = "unknown", [1] = "power", [2] = "the reset pin", [3] = "a brown-out", [4] = "a watchdog",
  [5] = "a fault", [6] = "the program's wish",
}
local ways = { [0] = "by the camera", [1] = "for what is read", [2] = "held" }
local directions = { [1] = "from the board", [2] = "to the board" }

local f = scribe.fields
local function field(name, kind, label, ...)
  f[name] = ProtoField[kind]("serialscribe." .. name, label, ...)
end

field("version", "uint8", "Version", base.DEC, nil, 0xf0)
field("type", "uint8", "Type", base.DEC, types, 0x0f)
field("sequence", "uint8", "Sequence number")
field("image_low", "uint8", "Image number, low byte")
field("descriptor", "uint8", "Descriptor", base.DEC, nil, 0xe0)
field("last_slice", "bool", "Last slice", 8, nil, 0x10)
field("inter", "bool", "Told by an earlier image", 8, nil, 0x08)
field("fragment", "bool", "Fragment", 8, nil, 0x04)
field("more_fragments", "bool", "More fragments", 8, nil, 0x02)
field("reserved_bit", "bool", "Reserved", 8, nil, 0x01)
field("position", "uint16", "Position")
field("body", "bytes", "Body")
field("crc", "uint32", "CRC-32", base.HEX)
field("crc_computed", "uint32", "Computed CRC-32", base.HEX)
field("direction", "uint32", "Direction", base.DEC, directions)
field("missing", "uint8", "Packets missing before this one")

field("layout", "none", "Layout")
field("width", "uint16", "Width", base.UNIT_STRING, { " pixels" })
field("height", "uint16", "Height", base.UNIT_STRING, { " rows" })
field("format", "uint8", "Pixel format", base.DEC, formats)
field("codec", "uint8", "Codec", base.DEC, codecs)
field("mtu", "uint16", "MTU")
field("rows_in_slice", "uint16", "Rows in a coded slice")
field("board", "string", "Board", base.UNICODE)
field("sensor", "string", "Sensor", base.UNICODE)

field("image", "uint32", "Image number")
field("timestamp", "uint64", "Time of capture", base.UNIT_STRING, { " us" })
field("exposure", "uint32", "Exposure", base.UNIT_STRING, { " us" })
field("images_dropped", "uint32", "Images dropped")
field("packets_refused", "uint32", "Packets refused")
field("payload_length", "uint32", "Payload", base.UNIT_STRING, { " bytes" })
field("chunk_size", "uint16", "Chunk", base.UNIT_STRING, { " bytes" })
field("region", "none", "Region")
field("region_x", "uint16", "Column")
field("region_y", "uint16", "Row")
field("full_width", "uint16", "Width of the whole picture")
field("full_height", "uint16", "Height of the whole picture")

field("row", "uint16", "First row")
field("chunk", "uint16", "Chunk")
field("fragment_number", "uint8", "Fragment number")
field("row_count", "uint8", "Rows")
field("reference", "uint8", "Reference image, low byte")
field("pixels", "bytes", "Pixels")
field("code", "bytes", "Code")
field("jpeg", "bytes", "Piece of the JPEG file")

field("aborted", "bool", "Aborted", 8, nil, 0x01)
field("slice_count", "uint32", "SLICE packets sent")
field("payload_crc", "uint32", "CRC-32 of the payload", base.HEX)

field("log", "string", "Log", base.UNICODE)
field("uptime", "uint32", "Uptime", base.UNIT_STRING, { " ms" })
field("images_sent", "uint32", "Images sent")
field("images_given_up", "uint32", "Images begun and given up")
field("bytes_sent", "uint64", "Bytes sent")
field("start", "uint8", "Started by", base.DEC, starts)
field("life_images", "uint32", "Images since the counters began")
field("starts", "uint16", "Starts, this one included")
field("brown_outs", "uint16", "Times the supply fell too low")
field("watchdogs", "uint16", "Starts by a watchdog")
field("faults", "uint16", "Starts after a fault")
field("camera_restarts", "uint16", "Times the camera was set up anew")
field("highest_version", "uint8", "Highest version")
field("just_started", "bool", "Just started", 8, nil, 0x01)
field("capabilities", "uint32", "Capabilities", base.HEX)
field("firmware", "string", "Firmware", base.UNICODE)
field("token", "uint32", "Token", base.HEX)
field("received", "uint8", "Last packet received")
field("window", "uint16", "Window", base.UNIT_STRING, { " bytes" })
field("command_token", "uint16", "Token of the command")
field("command", "uint8", "Command", base.DEC, commands)
field("status", "uint8", "Status", base.DEC, statuses)
field("delivery", "uint8", "Images (1), text (2)", base.HEX)
field("exposure_way", "uint8", "Exposure", base.DEC, ways)
field("exposure_more", "uint8", "Eighths of a stop, signed")
field("rate", "uint32", "Images in 1000 seconds")

field("text_version", "uint8", "Version of the body")
field("last_part", "bool", "Last part", 8, nil, 0x01)
field("part", "uint16", "Part")
field("reading_time", "uint16", "Time of reading", base.UNIT_STRING, { " ms" })
field("line_count", "uint16", "Lines in all parts")
field("line", "none", "Line")
field("line_number", "uint8", "Number")
field("character_count", "uint8", "Characters")
field("light_on_dark", "bool", "Light on dark", 8, nil, 0x01)
field("continues", "bool", "Goes on with the last line of the part before", 8, nil, 0x02)
field("has_pattern", "bool", "The board has a pattern", 8, nil, 0x04)
field("matches", "bool", "Matches it", 8, nil, 0x08)
field("confidence", "uint8", "Confidence")
field("x", "uint16", "x")
field("y", "uint16", "y")
field("box_width", "uint16", "Width")
field("box_height", "uint16", "Height")
field("character", "string", "Character")
field("text", "string", "Text")

local e = scribe.experts
e.bad_crc = ProtoExpert.new(
  "serialscribe.bad_crc", "The CRC is wrong: bytes were lost or changed",
  expert.group.CHECKSUM, expert.severity.ERROR)
e.too_short = ProtoExpert.new(
  "serialscribe.too_short", "Shorter than a header and a CRC",
  expert.group.MALFORMED, expert.severity.ERROR)
e.malformed = ProtoExpert.new(
  "serialscribe.malformed", "The body ends within a field or breaks a rule",
  expert.group.MALFORMED, expert.severity.ERROR)
e.version = ProtoExpert.new(
  "serialscribe.other_version", "Another version of the protocol",
  expert.group.UNDECODED, expert.severity.WARN)
e.unknown_type = ProtoExpert.new(
  "serialscribe.unknown_type", "A type that this version does not have",
  expert.group.UNDECODED, expert.severity.WARN)
e.gap = ProtoExpert.new(
  "serialscribe.gap", "Packets before this one never came",
  expert.group.SEQUENCE, expert.severity.WARN)
e.aborted = ProtoExpert.new(
  "serialscribe.given_up", "The board gave the image up",
  expert.group.RESPONSE_CODE, expert.severity.NOTE)

scribe.prefs.check_crc = Pref.bool(
  "Check the CRC", true, "Computes the CRC of every packet, the slowest part of all.")

-- CRC-32 of zlib, PNG and Ethernet, two bytes a step.
local bxor, band, rshift = bit.bxor, bit.band, bit.rshift
local byte_table, pair_table = {}, {}
for byte = 0, 255 do
  local value = byte
  for _ = 1, 8 do
    value = band(value, 1) == 1 and bxor(rshift(value, 1), 0xedb88320) or rshift(value, 1)
  end
  byte_table[byte] = value
end
local function step(crc, byte) return bxor(byte_table[band(bxor(crc, byte), 255)], rshift(crc, 8)) end
for pair = 0, 0xffff do pair_table[pair] = step(step(pair, 0), 0) end

local function crc32(tvb, size)
  local bytes = tvb:raw(0, size)
  local crc = 0xffffffff
  local at = 1
  while at < size do
    local low, high = string.byte(bytes, at, at + 1)
    crc = bxor(pair_table[band(bxor(crc, low + 256 * high), 0xffff)], rshift(crc, 16))
    at = at + 2
  end
  if at == size then crc = step(crc, string.byte(bytes, at)) end
  -- The library's numbers have a sign.
  return bxor(crc, 0xffffffff) % 0x100000000
end

-- What earlier packets said, for those that come later: filled in the first pass over a file,
-- which is in order, and looked up by frame in later ones, which are not.
local last_sequence, gaps, layouts, slice_layouts

function scribe.init()
  last_sequence, gaps, layouts, slice_layouts = {}, {}, {}, {}
end

-- Reads fields one after another. Once one does not fit, nothing more is read.
local Cursor = {}
Cursor.__index = Cursor

local function cursor(tvb, first, last)
  return setmetatable({ tvb = tvb, at = first, last = last, ok = true }, Cursor)
end

function Cursor:left() return self.last - self.at end

function Cursor:range(size)
  if not self.ok or self:left() < size then
    self.ok = false
    return nil
  end
  local range = self.tvb(self.at, size)
  self.at = self.at + size
  return range
end

-- A little-endian number; nil where it does not fit.
function Cursor:number(tree, name, size)
  local range = self:range(size)
  if not range then return nil end
  tree:add_le(f[name], range)
  return size == 8 and range:le_uint64() or range:le_uint()
end

function Cursor:bit(tree, name)
  local range = self:range(1)
  if not range then return nil end
  tree:add(f[name], range)
  return range:uint()
end

-- One length byte and so many bytes of UTF-8.
function Cursor:name(tree, name)
  local length = self:range(1)
  if not length then return nil end
  local size = length:uint()
  if size > 31 or self:left() < size then
    self.ok = false
    return nil
  end
  if size == 0 then
    tree:add(f[name], length, ""):append_text("(none)")
    return ""
  end
  local text = self:range(size)
  tree:add_packet_field(f[name], text, ENC_UTF_8)
  return text:string(ENC_UTF_8)
end

-- Seven bits a byte, low ones first; at most three bytes.
function Cursor:variable()
  local value, size = 0, 0
  local first = self.at
  repeat
    local range = self:range(1)
    if not range then return nil end
    local byte = range:uint()
    value = value + band(byte, 0x7f) * 2 ^ (7 * size)
    size = size + 1
    if size == 3 and byte >= 0x80 then
      self.ok = false
      return nil
    end
  until byte < 0x80
  return value, self.tvb(first, size)
end

function Cursor:signed()
  local value, range = self:variable()
  if not value then return nil end
  if value % 2 == 1 then value = -(value + 1) / 2 else value = value / 2 end
  return value, range
end

-- A character beyond ASCII, two to four bytes of UTF-8.
function Cursor:sign()
  local first = self:range(1)
  if not first then return nil end
  local size = first:uint() >= 0xf0 and 4 or first:uint() >= 0xe0 and 3 or 2
  if not self:range(size - 1) then return nil end
  return self.tvb(self.at - size, size):string(ENC_UTF_8)
end

function Cursor:rest(tree, name)
  if self.ok and self:left() > 0 then tree:add(f[name], self:range(self:left())) end
end

local function layout(body, tree)
  if body:left() < 6 then
    body.ok = false
    return nil
  end
  local branch = tree:add(f.layout, body.tvb(body.at, 6))
  local result = {
    width = body:number(branch, "width", 2), height = body:number(branch, "height", 2),
    format = body:number(branch, "format", 1), codec = body:number(branch, "codec", 1),
  }
  local name = result.codec == 1 and "jpeg" or formats[result.format] or "?"
  result.text = string.format("%dx%d %s", result.width, result.height, name)
  if result.codec > 1 then result.text = result.text .. ", " .. (codecs[result.codec] or "?") end
  branch:append_text(": " .. result.text)
  return result
end

local function region(body, tree)
  if not body.ok or body:left() < 8 then return end
  local branch = tree:add(f.region, body.tvb(body.at, 8))
  body:number(branch, "region_x", 2)
  body:number(branch, "region_y", 2)
  body:number(branch, "full_width", 2)
  body:number(branch, "full_height", 2)
end

local bodies = {}

bodies[1] = function(body, tree, packet)
  local shape = layout(body, tree)
  body:number(tree, "mtu", 2)
  body:number(tree, "rows_in_slice", 2)
  local board = body:name(tree, "board")
  local sensor = body:name(tree, "sensor")
  if not body.ok then return "" end
  packet.defines = shape
  return string.format("%s, %s, %s", shape.text, board, sensor)
end

bodies[2] = function(body, tree, packet)
  local number = body:number(tree, "image", 4)
  local shape = layout(body, tree)
  body:number(tree, "chunk_size", 2)
  body:number(tree, "timestamp", 8)
  body:number(tree, "exposure", 4)
  local dropped = body:number(tree, "images_dropped", 4)
  body:number(tree, "packets_refused", 4)
  body:number(tree, "payload_length", 4)
  if not body.ok then return "" end
  region(body, tree)
  packet.defines = shape
  return string.format("image %d, %s, %d dropped so far", number, shape.text, dropped)
end

-- What the body is depends on the layout that the descriptor id names.
bodies[3] = function(body, tree, packet)
  local codec = packet.layout and packet.layout.codec
  local position = packet.position
  local text = string.format(
    "image ..%02x, %s %d", packet.image_low, (codec or 0) > 1 and "row" or "chunk", position)
  if codec then tree:add(f[codec > 1 and "row" or "chunk"], body.tvb(4, 2), position) end
  local fragment
  if packet.fragment then
    fragment = body:number(tree, "fragment_number", 1)
    if fragment then text = text .. ", fragment " .. fragment end
  end
  if not codec or codec == 0 then
    body:rest(tree, codec and "pixels" or "body")
  elseif codec == 1 then
    body:rest(tree, "jpeg")
  else
    -- The fields before the code stand in the last fragment alone.
    if not packet.more then
      local rows = body:number(tree, "row_count", 1)
      if packet.inter then body:number(tree, "reference", 1) end
      if rows then text = text .. ", " .. rows .. " rows" end
    end
    body:rest(tree, "code")
  end
  if packet.last then text = text .. ", last" end
  return text
end

bodies[4] = function(body, tree)
  local number = body:number(tree, "image", 4)
  layout(body, tree)
  local flags = body:bit(tree, "aborted")
  body:range(1)
  local slices = body:number(tree, "slice_count", 4)
  local length = body:number(tree, "payload_length", 4)
  body:number(tree, "payload_crc", 4)
  if not body.ok then return "" end
  region(body, tree)
  if band(flags, 1) == 1 then
    tree:add_proto_expert_info(e.aborted)
    return string.format("image %d, given up", number)
  end
  return string.format("image %d, %d slices, %d bytes", number, slices, length)
end

bodies[5] = function(body, tree)
  if body:left() == 0 then return "" end
  local range = body:range(body:left())
  tree:add_packet_field(f.log, range, ENC_UTF_8)
  return (range:string(ENC_UTF_8):gsub("%s+$", ""))
end

bodies[6] = function(body, tree)
  local uptime = body:number(tree, "uptime", 4)
  local sent = body:number(tree, "images_sent", 4)
  local dropped = body:number(tree, "images_dropped", 4)
  body:number(tree, "images_given_up", 4)
  body:number(tree, "packets_refused", 4)
  body:number(tree, "bytes_sent", 8)
  if not body.ok then return "" end
  if body:left() >= 15 then
    body:number(tree, "start", 1)
    body:number(tree, "life_images", 4)
    for _, counter in ipairs({ "starts", "brown_outs", "watchdogs", "faults", "camera_restarts" }) do
      body:number(tree, counter, 2)
    end
  end
  return string.format("up %.1f s, %d images sent, %d dropped", uptime / 1000, sent, dropped)
end

bodies[7] = function(body, tree)
  body:number(tree, "highest_version", 1)
  local flags = body:bit(tree, "just_started")
  body:number(tree, "mtu", 2)
  body:number(tree, "capabilities", 4)
  local firmware = body:name(tree, "firmware")
  if not body.ok then return "" end
  local parts = { firmware ~= "" and firmware or nil }
  if band(flags, 1) == 1 then parts[#parts + 1] = "just started" end
  return table.concat(parts, ", ")
end

local function token(body, tree)
  local value = body:number(tree, "token", 4)
  return value and string.format("%08x", value) or ""
end
bodies[8] = token
bodies[9] = token

bodies[10] = function(body, tree)
  local last = body:number(tree, "received", 1)
  body:range(1)
  local window = body:number(tree, "window", 2)
  return body.ok and string.format("after packet %d, %d bytes", last, window) or ""
end

-- What a command asks for.
local arguments = {
  [1] = { { "format", 1 }, { "codec", 1 } },
  [2] = { { "region_x", 2 }, { "region_y", 2 }, { "width", 2 }, { "height", 2 } },
  [3] = { { "rate", 4 } },
  [4] = { { "mtu", 2 } },
  [5] = {},
  [6] = { { "delivery", 1 } },
  [7] = { { "exposure_way", 1 }, { "exposure_more", 1 } },
}

bodies[12] = function(body, tree)
  local token = body:number(tree, "command_token", 2)
  local command = body:number(tree, "command", 1)
  if not body.ok then return "" end
  local values = {}
  for _, argument in ipairs(arguments[command] or {}) do
    values[#values + 1] = body:number(tree, argument[1], argument[2])
  end
  local name = commands[command] or "command " .. command
  return string.format("%d: %s %s", token, name, table.concat(values, " "))
end

bodies[13] = function(body, tree)
  local token = body:number(tree, "command_token", 2)
  local command = body:number(tree, "command", 1)
  local status = body:number(tree, "status", 1)
  if not body.ok then return "" end
  return string.format(
    "%d: %s: %s", token, commands[command] or "command " .. command,
    statuses[status] or "status " .. status)
end

local function text_line(body, tree)
  local first = body.at
  local branch = tree:add(f.line, body.tvb(first, body:left()))
  body:number(branch, "line_number", 1)
  local count = body:number(branch, "character_count", 1)
  local flags = body:range(1)
  if not flags then return nil end
  branch:add(f.light_on_dark, flags)
  branch:add(f.continues, flags)
  branch:add(f.has_pattern, flags)
  branch:add(f.matches, flags)
  body:number(branch, "confidence", 1)
  local x = body:number(branch, "x", 2)
  local y = body:number(branch, "y", 2)
  body:number(branch, "box_width", 2)
  body:number(branch, "box_height", 2)
  if not body.ok then return nil end
  local words = {}
  local edge = x
  for _ = 1, count do
    local start = body.at
    local code = body:range(1)
    local byte = code and code:uint() or 0
    local sign = band(byte, 0x7f) == 0x7f and body:sign() or nil
    local confidence = body:range(1)
    local dx, x_range = body:signed()
    local dy, y_range = body:signed()
    local width, width_range = body:variable()
    local height, height_range = body:variable()
    if not body.ok then return nil end
    local text = sign or string.char(band(byte, 0x7f))
    if byte >= 0x80 then words[#words + 1] = " " end
    words[#words + 1] = text
    local leaf = branch:add(f.character, body.tvb(start, body.at - start), text)
    leaf:add(f.confidence, confidence)
    leaf:add(f.x, x_range, edge + dx)
    leaf:add(f.y, y_range, y + dy)
    leaf:add(f.box_width, width_range, width)
    leaf:add(f.box_height, height_range, height)
    edge = edge + dx + width
  end
  local text = table.concat(words)
  branch:set_len(body.at - first)
  branch:append_text(": " .. text)
  branch:add(f.text, body.tvb(first, body.at - first), text)
  return text
end

bodies[11] = function(body, tree)
  local version = body:number(tree, "text_version", 1)
  local flags = body:bit(tree, "last_part")
  body:number(tree, "part", 2)
  local number = body:number(tree, "image", 4)
  body:number(tree, "timestamp", 8)
  body:number(tree, "width", 2)
  body:number(tree, "height", 2)
  body:number(tree, "reading_time", 2)
  body:number(tree, "line_count", 2)
  if not body.ok then return "" end
  if version ~= 1 and version ~= 2 then
    tree:add_proto_expert_info(e.version)
    return ""
  end
  local lines = {}
  while body.ok and body:left() > 0 do lines[#lines + 1] = text_line(body, tree) end
  local text = string.format("image %d: %s", number, table.concat(lines, " / "))
  return band(flags, 1) == 1 and text or text .. " ..."
end

-- Notes what later packets and later passes need to know of this one.
local function remember(packet, side, sequence, frame)
  local last = last_sequence[side]
  -- A restart begins a new sequence. Half the range and more is a packet from the past.
  if packet.kind == 7 then last = nil end
  if last then
    local step = (sequence - last) % 256
    if step > 0 and step < 128 then
      gaps[frame] = step - 1
      last_sequence[side] = sequence
    end
  else
    last_sequence[side] = sequence
  end
  if packet.kind == 3 then slice_layouts[frame] = layouts[packet.descriptor] end
end

local function side_of(pinfo)
  return pinfo.p2p_dir == P2P_DIR_SENT and 2 or 1
end

function scribe.dissector(tvb, pinfo, tree)
  local size = tvb:len()
  local side = side_of(pinfo)
  pinfo.cols.protocol = "SerialScribe"
  pinfo.cols.src = side == 1 and "board" or "host"
  pinfo.cols.dst = side == 1 and "host" or "board"
  local branch = tree:add(scribe, tvb())
  branch:add(f.direction, side):set_generated()
  if size < HEADER + CHECKSUM then
    branch:add_proto_expert_info(e.too_short)
    pinfo.cols.info = "too short"
    return size
  end

  local kind = band(tvb(0, 1):uint(), 0x0f)
  local version = rshift(tvb(0, 1):uint(), 4)
  local name = types[kind] or "type " .. kind
  local flags = tvb(3, 1):uint()
  local packet = {
    kind = kind, image_low = tvb(2, 1):uint(), position = tvb(4, 2):le_uint(),
    descriptor = rshift(flags, 5),
    last = band(flags, 0x10) ~= 0, inter = band(flags, 0x08) ~= 0,
    fragment = band(flags, 0x04) ~= 0, more = band(flags, 0x02) ~= 0,
  }
  branch:add(f.version, tvb(0, 1))
  branch:add(f.type, tvb(0, 1))
  branch:add(f.sequence, tvb(1, 1))
  branch:add(f.image_low, tvb(2, 1))
  for _, bits in ipairs { "descriptor", "last_slice", "inter", "fragment", "more_fragments",
      "reserved_bit" } do
    branch:add(f[bits], tvb(3, 1))
  end
  branch:add_le(f.position, tvb(4, 2))

  local covered = size - CHECKSUM
  local is_sound = true
  if scribe.prefs.check_crc then
    local declared = tvb(covered, 4):le_uint()
    local computed = crc32(tvb, covered)
    is_sound = declared == computed
    if not is_sound then
      branch:add(f.crc_computed, tvb(covered, 4), computed):set_generated()
    end
  end

  local info
  if not is_sound then
    -- None of its bytes can be trusted, so none is explained.
    branch:add(f.body, tvb(HEADER, covered - HEADER))
    branch:add_proto_expert_info(e.bad_crc)
    info = "bad CRC, perhaps " .. name
  elseif version ~= 1 then
    branch:add(f.body, tvb(HEADER, covered - HEADER))
    branch:add_proto_expert_info(e.version)
    info = "version " .. version
  else
    if not pinfo.visited then remember(packet, side, tvb(1, 1):uint(), pinfo.number) end
    packet.layout = slice_layouts[pinfo.number]
    local gap = gaps[pinfo.number]
    if gap and gap > 0 then
      branch:add(f.missing, gap):set_generated()
      branch:add_proto_expert_info(e.gap, gap .. " packets before this one never came")
    end
    local body = cursor(tvb, HEADER, covered)
    info = name
    if bodies[kind] then
      local text = bodies[kind](body, branch, packet)
      if text ~= "" then info = info .. " " .. text end
      if not body.ok then
        branch:add_proto_expert_info(e.malformed)
        info = info .. " malformed"
      end
      if packet.defines and not pinfo.visited then
        layouts[packet.descriptor] = packet.defines
      end
    elseif types[kind] == nil then
      branch:add_proto_expert_info(e.unknown_type)
    end
    body:rest(branch, "body")
  end
  branch:add_le(f.crc, tvb(covered, 4))
  branch:append_text(", " .. info)
  pinfo.cols.info = info
  return size
end

local interface_name = Field.new("frame.interface_name")

raw.fields.bytes = ProtoField.bytes("serialscribe_raw.bytes", "Bytes")

function raw.dissector(tvb, pinfo, tree)
  pinfo.cols.protocol = "serial"
  local name = interface_name()
  local is_sent = name ~= nil and name.value == "tx"
  pinfo.cols.src = is_sent and "host" or "board"
  pinfo.cols.dst = is_sent and "board" or "host"
  pinfo.cols.info = tvb:len() .. " raw bytes"
  local branch = tree:add(raw, tvb())
  if tvb:len() > 0 then branch:add(raw.fields.bytes, tvb()) end
  return tvb:len()
end

local links = DissectorTable.get("wtap_encap")
links:add(RAW_LINK, raw)
links:add(PACKET_LINK, scribe)
