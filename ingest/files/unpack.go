package files

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// Bounds of what is kept in memory of a file.
const (
	buffer    = 64 << 10
	maxRecord = 1 << 20   // bytes of one record
	maxWindow = 128 << 20 // bytes of zstd's window; its own tool accepts as much by default
)

// Found is how a file turned out to be compressed and encoded.
type Found struct {
	Packing  string // gzip, zstd, or "" for none
	Encoding string // utf-8, utf-16le or utf-16be
	Marked   bool   // by a byte order mark
}

// Text opens a text and converts it to UTF-8. It recognises compression with gzip and zstd by the first bytes, and the encoding by a byte
// order mark. encoding is that of a text without a mark; "": UTF-8.
func Text(in io.Reader, encoding string) (*bufio.Reader, Found, error) {
	unpacked, packing, err := unpack(in)
	if err != nil {
		return nil, Found{}, err
	}
	text, found, err := decode(unpacked, encoding)
	found.Packing = packing
	return text, found, err
}

func unpack(in io.Reader) (*bufio.Reader, string, error) {
	b := bufio.NewReaderSize(in, buffer)
	magic, _ := b.Peek(4) // a file may be shorter than that
	switch packingOf(magic) {
	case "gzip":
		packed, err := gzip.NewReader(b)
		if err != nil {
			return nil, "", fmt.Errorf("unpack gzip: %w", err)
		}
		return bufio.NewReaderSize(packed, buffer), "gzip", nil
	case "zstd":
		packed, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, "", fmt.Errorf("unpack zstd: %w", err)
		}
		return bufio.NewReaderSize(packed, buffer), "zstd", nil
	}
	return b, "", nil
}

// packingOf returns how a file is compressed, by its first bytes; "" if it is not.
func packingOf(magic []byte) string {
	switch {
	case strings.HasPrefix(string(magic), "\x1f\x8b"):
		return "gzip"
	case string(magic) == "\x28\xb5\x2f\xfd", len(magic) == 4 && magic[0]>>4 == 5 && string(magic[1:]) == "\x2a\x4d\x18": // or a skippable frame before it
		return "zstd"
	}
	return ""
}

// The encodings that a text may have.
const (
	utf8Text  = "utf-8"
	utf16Low  = "utf-16le"
	utf16High = "utf-16be"
)

// decode skips a byte order mark and converts the text to UTF-8.
func decode(b *bufio.Reader, encoding string) (*bufio.Reader, Found, error) {
	found := Found{Encoding: encoding, Marked: true}
	mark, _ := b.Peek(3)
	size := 2
	switch {
	case string(mark) == "\xef\xbb\xbf":
		found.Encoding, size = utf8Text, 3
	case strings.HasPrefix(string(mark), "\xff\xfe"):
		found.Encoding = utf16Low
	case strings.HasPrefix(string(mark), "\xfe\xff"):
		found.Encoding = utf16High
	default:
		size, found.Marked = 0, false
		if encoding == "" {
			found.Encoding = utf8Text
			if len(mark) > 1 && (mark[0] == 0) != (mark[1] == 0) {
				return nil, found, errUnmarked
			}
		}
	}
	_, _ = b.Discard(size)
	switch found.Encoding {
	case utf8Text:
		return b, found, nil
	case utf16Low, utf16High:
		return bufio.NewReaderSize(&wide{in: b, high: found.Encoding == utf16High}, buffer), found, nil
	}
	return nil, found, errors.New("--encoding: utf-8, utf-16le or utf-16be")
}

// wide reads UTF-16 as UTF-8. An unpaired surrogate is an error.
type wide struct {
	in   *bufio.Reader
	high bool // big-endian
	held []byte
}

var (
	errUTF16    = errors.New("the text is not UTF-16")
	errUnmarked = &HeaderError{"it seems to be UTF-16 without a byte order mark: give it one, or import it with --encoding utf-16le or utf-16be"}
)

// Read implements io.Reader.
func (w *wide) Read(p []byte) (int, error) {
	for len(w.held) == 0 {
		r, err := w.character()
		if err != nil {
			return 0, err
		}
		w.held = utf8.AppendRune(w.held, r)
		for len(w.held)+utf8.UTFMax <= len(p) && w.in.Buffered() >= 4 {
			if r, err = w.character(); err != nil {
				return 0, err
			}
			w.held = utf8.AppendRune(w.held, r)
		}
	}
	n := copy(p, w.held)
	w.held = append(w.held[:0], w.held[n:]...)
	return n, nil
}

func (w *wide) character() (rune, error) {
	unit, err := w.unit()
	if err != nil || unit < 0xd800 || unit > 0xdfff {
		return unit, err
	}
	second, err := w.unit()
	if err != nil || unit > 0xdbff || second < 0xdc00 || second > 0xdfff {
		return 0, errUTF16
	}
	return (unit-0xd800)<<10 + (second - 0xdc00) + 0x10000, nil
}

func (w *wide) unit() (rune, error) {
	first, err := w.in.ReadByte()
	if err != nil {
		return 0, err
	}
	second, err := w.in.ReadByte()
	if err != nil {
		return 0, errUTF16
	}
	if w.high {
		first, second = second, first
	}
	return rune(first) | rune(second)<<8, nil
}

// bounded limits how many bytes a reader of records gets between two calls of next: one record, and what is read ahead.
type bounded struct {
	in   io.Reader
	left int
}

// ErrLong means that a record is longer than any usage is.
var ErrLong = errors.New("a record is longer than 1 MiB; is a quote or a bracket never closed?")

func (b *bounded) next() { b.left = maxRecord + buffer }

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrLong
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
