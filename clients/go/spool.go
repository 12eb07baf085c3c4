package usagegraph

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// spool keeps batches of events as files, one event a line, the oldest first by name. Two senders on one folder may send a file both:
// it counts once all the same.
type spool struct {
	dir   string
	most  int64
	rests time.Time // the disk took no more, and is not asked until then
	bytes int64
	files []spooled
}

type spooled struct {
	name   string
	events int
	bytes  int64
}

const spoolEnd = ".ndjson"

// openSpool finds what is in a folder, which is made if it is not there.
func openSpool(dir string, most int64) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("usagegraph: spool: %w", err)
	}
	entries, err := os.ReadDir(dir) // by name
	if err != nil {
		return nil, fmt.Errorf("usagegraph: spool: %w", err)
	}
	s := &spool{dir: dir, most: most}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), spoolEnd) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("usagegraph: spool: %w", err)
		}
		s.files = append(s.files, spooled{e.Name(), len(lines(text)), int64(len(text))})
		s.bytes += int64(len(text))
	}
	return s, nil
}

func lines(text []byte) (list [][]byte) {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			list = append(list, line)
		}
	}
	return list
}

func (s *spool) holds() bool { return len(s.files) > 0 }

func (s *spool) hasRoom() bool { return s.bytes < s.most && time.Now().After(s.rests) }

// pause lets events wait in memory for a while after the disk took none.
func (s *spool) pause() { s.rests = time.Now().Add(10 * time.Second) }

func (s *spool) events() (n uint64) {
	for _, f := range s.files {
		n += uint64(f.events)
	}
	return n
}

// add writes events to a file of their own and returns its name. It is there whole, or not at all, whatever happens meanwhile.
func (s *spool) add(events [][]byte) (name string, err error) {
	name = fmt.Sprintf("%020d-%s%s", time.Now().UnixNano(), rand.Text()[:8], spoolEnd)
	if n := len(s.files); n > 0 && name <= s.files[n-1].name { // the clock was set back
		name = s.files[n-1].name[:len(s.files[n-1].name)-len(spoolEnd)] + "~" + spoolEnd
	}
	text := append(bytes.Join(events, []byte("\n")), '\n')
	path := filepath.Join(s.dir, name)
	if err := writeWhole(path, text); err != nil {
		_ = os.Remove(path + ".part")
		return "", fmt.Errorf("usagegraph: spool: %w", err)
	}
	s.files = append(s.files, spooled{name, len(events), int64(len(text))})
	s.bytes += int64(len(text))
	return name, nil
}

// writeWhole writes a file under another name, and gives it its own once it is on the disk.
func writeWhole(path string, text []byte) error {
	f, err := os.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil { // where folders can be synced, the new name is kept too
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// oldest reads the oldest file; another sender may have sent it already, and then it is empty.
func (s *spool) oldest() (name string, events [][]byte, err error) {
	name = s.files[0].name
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil && !os.IsNotExist(err) {
		return "", nil, fmt.Errorf("usagegraph: spool: %w", err)
	}
	return name, lines(text), nil
}

// remove removes a file that is answered, and returns how many events were in it.
func (s *spool) remove(name string) (events int, err error) {
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !os.IsNotExist(err) {
		return 0, fmt.Errorf("usagegraph: spool: %w", err)
	}
	i := slices.IndexFunc(s.files, func(f spooled) bool { return f.name == name })
	events, s.bytes = s.files[i].events, s.bytes-s.files[i].bytes
	s.files = slices.Delete(s.files, i, i+1)
	return events, nil
}
