package broker

import "strconv"

// Bounds of what a dead letter keeps of its message, so that the broker has room for it together with the reason. A longer body could not
// be an event anyway, and a letter that the broker cannot keep would hold up all messages behind it.
const (
	letterBody   = 64 << 10 // the maximum for an event
	letterHeader = 32 << 10 // of all headers together; NATS allows 64 KiB
	letterReason = 1 << 10
)

// cutBody returns the part of a body that a letter keeps, and the length of the whole body if that is more, or "".
func cutBody(body []byte) (kept []byte, whole string) {
	if len(body) <= letterBody {
		return body, ""
	}
	return body[:letterBody], strconv.Itoa(len(body))
}

// room counts the bytes of the headers that a letter keeps.
type room int

func (r *room) takes(name string, value string) bool {
	*r += room(len(name) + len(value) + 4)
	return *r <= letterHeader
}
