package broker

import "strconv"

// Bounds of what a dead letter keeps of its message, so that the broker has room for it with the reason: what is longer could not be an event anyway, and
// a letter that cannot be kept would hold all messages behind it up.
const (
	letterBody   = 64 << 10 // as much as an event may have
	letterHeader = 32 << 10 // of all headers together; NATS takes 64 KiB
	letterReason = 1 << 10
)

// cutBody is the part of a body that a letter keeps, and the length of the whole where that is more; else "".
func cutBody(body []byte) (kept []byte, whole string) {
	if len(body) <= letterBody {
		return body, ""
	}
	return body[:letterBody], strconv.Itoa(len(body))
}

// room says, header by header, which of a message's are kept.
type room int

func (r *room) takes(name string, value string) bool {
	*r += room(len(name) + len(value) + 4)
	return *r <= letterHeader
}
