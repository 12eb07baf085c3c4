package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// bar shows the progress of a long task, its speed and the remaining time: on a terminal as one line that is overwritten, otherwise as a
// line now and then.
type bar struct {
	out      io.Writer
	clock    func() time.Time
	name     string
	total    int64 // what done is counted against; 0: unknown
	terminal bool
	started  time.Time
	shown    time.Time
	open     bool // the terminal's line has not been ended
}

func (p program) newBar(name string, total int64) *bar {
	now := p.clock()
	return &bar{out: p.errs, clock: p.clock, name: name, total: total, terminal: isTerminal(p.errs), started: now, shown: now}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// The times between two lines.
const (
	terminalStep = 100 * time.Millisecond
	plainStep    = 10 * time.Second
)

// show shows that done of total is finished, and how many things that was.
func (b *bar) show(done int64, count int, things string) {
	now := b.clock()
	step := plainStep
	if b.terminal {
		step = terminalStep
	}
	if now.Sub(b.shown) < step {
		return
	}
	b.shown = now
	text := b.text(now.Sub(b.started), done, count, things)
	if !b.terminal {
		fmt.Fprintln(b.out, text)
		return
	}
	b.open = true
	fmt.Fprintf(b.out, "\r\x1b[K%s", text)
}

func (b *bar) text(took time.Duration, done int64, count int, things string) string {
	text := fmt.Sprintf("%d %s, %d/s", count, things, perSecond(count, took))
	if b.total <= 0 || done <= 0 {
		return b.name + ": " + text
	}
	done = min(done, b.total)
	const width = 24
	full := int(done * width / b.total)
	left := time.Duration(float64(took) * float64(b.total-done) / float64(done)).Round(time.Second)
	if percent := done * 100 / b.total; percent > 0 { // before that, it cannot be estimated
		text = fmt.Sprintf("%s, %s left", text, left)
	}
	return fmt.Sprintf("%s [%s%s] %3d%%  %s", b.name, strings.Repeat("=", full), strings.Repeat(" ", width-full), done*100/b.total, text)
}

// perSecond returns a rate in whole things per second; 0 if no time has passed.
func perSecond(count int, took time.Duration) int64 {
	if took <= 0 {
		return 0
	}
	return int64(count) * int64(time.Second) / int64(took)
}

// print writes a separate line.
func (b *bar) print(line string) {
	b.end()
	fmt.Fprintln(b.out, line)
}

// end ends the terminal's line.
func (b *bar) end() {
	if b.open {
		fmt.Fprintln(b.out)
		b.open = false
	}
}
