package ws

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf8"
)

// Opcodes of RFC 6455 section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

const maxControl = 125 // RFC 6455 section 5.5

type header struct {
	op     byte
	fin    bool
	length int64
	mask   [4]byte
}

// readHeader reads the header of a client's frame. A Close error means that the client broke the protocol.
func readHeader(br *bufio.Reader) (header, error) {
	b, err := br.Peek(2)
	if err != nil {
		return header{}, err
	}
	h := header{op: b[0] & 0x0f, fin: b[0]&0x80 != 0, length: int64(b[1] & 0x7f)}
	if b[0]&0x70 != 0 {
		return h, Close{CodeProtocolError, "Reserved bits are set"}
	}
	if b[1]&0x80 == 0 {
		return h, Close{CodeProtocolError, "Frames of clients must be masked"}
	}
	if _, err := br.Discard(2); err != nil {
		return h, err
	}
	if err := h.readLength(br); err != nil {
		return h, err
	}
	if _, err := io.ReadFull(br, h.mask[:]); err != nil {
		return h, err
	}
	return h, h.check()
}

func (h *header) readLength(br *bufio.Reader) error {
	var b [8]byte
	switch h.length {
	case 126:
		if _, err := io.ReadFull(br, b[6:]); err != nil {
			return err
		}
	case 127:
		if _, err := io.ReadFull(br, b[:]); err != nil {
			return err
		}
	default:
		return nil
	}
	n := binary.BigEndian.Uint64(b[:])
	if n > 1<<62 {
		return Close{CodeTooBig, "Message too big"}
	}
	h.length = int64(n)
	return nil
}

func (h *header) check() error {
	switch h.op {
	case opContinuation, opText, opBinary:
		return nil
	case opClose, opPing, opPong:
		if !h.fin || h.length > maxControl {
			return Close{CodeProtocolError, "Control frames must be short and whole"}
		}
		return nil
	}
	return Close{CodeProtocolError, "Unknown opcode"}
}

// readPayload appends the frame's payload, unmasked, to buf.
func (h *header) readPayload(br *bufio.Reader, buf []byte) ([]byte, error) {
	start := len(buf)
	if need := start + int(h.length); need > cap(buf) {
		grown := make([]byte, start, need)
		copy(grown, buf)
		buf = grown
	}
	buf = buf[:start+int(h.length)]
	if _, err := io.ReadFull(br, buf[start:]); err != nil {
		return buf[:start], err
	}
	unmask(buf[start:], h.mask)
	return buf, nil
}

func unmask(b []byte, mask [4]byte) {
	word := binary.LittleEndian.Uint32(mask[:])
	double := uint64(word)<<32 | uint64(word)
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^double)
	}
	for i := range b {
		b[i] ^= mask[i&3]
	}
}

// appendHeader appends the header of an unfragmented, unmasked frame.
func appendHeader(dst []byte, op byte, length int) []byte {
	dst = append(dst, 0x80|op)
	switch {
	case length <= maxControl:
		return append(dst, byte(length))
	case length <= 0xffff:
		return append(dst, 126, byte(length>>8), byte(length))
	}
	return binary.BigEndian.AppendUint64(append(dst, 127), uint64(length))
}

// closeBody returns the body of a close frame.
func closeBody(code int, reason string) []byte {
	const room = maxControl - 2
	if len(reason) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(reason[cut]) {
			cut--
		}
		reason = reason[:cut]
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
}

// peerClose reads the code in a peer's close frame and returns the code to send back.
func peerClose(body []byte) int {
	if len(body) == 0 {
		return CodeNormal
	}
	if len(body) == 1 || !utf8.Valid(body[2:]) {
		return CodeProtocolError
	}
	code := int(binary.BigEndian.Uint16(body))
	valid := code >= 3000 && code <= 4999 || code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006
	if !valid {
		return CodeProtocolError
	}
	return code
}
