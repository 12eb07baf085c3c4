package server

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// stormAt and stormOf name the environment variables that turn this test binary into an attacker: the address, and the file of attacks.
const stormAt, stormOf = "USAGEGRAPH_STORM_AT", "USAGEGRAPH_STORM_OF"

// TestMain runs the tests, or attacks the server of a test in another process.
func TestMain(m *testing.M) {
	if at := os.Getenv(stormAt); at != "" {
		storm(at, os.Getenv(stormOf))
		return
	}
	os.Exit(m.Run())
}

// ammunition writes attacks to a file as bytes for the wire, and returns its name.
func (s *siege) ammunition(attacks []attack) string {
	var list [][]byte
	for _, a := range attacks {
		var b bytes.Buffer
		if err := a.make().Write(&b); err != nil {
			s.t.Fatal(err)
		}
		list = append(list, b.Bytes())
	}
	name := filepath.Join(s.t.TempDir(), "attacks")
	file, err := os.Create(name)
	if err == nil {
		err = gob.NewEncoder(file).Encode(list)
	}
	if err != nil || file.Close() != nil {
		s.t.Fatal(err)
	}
	return name
}

// attacker is a process that attacks between begin and end.
type attacker struct {
	t   testing.TB
	in  io.WriteCloser
	out *bufio.Reader
}

// attacker starts an attacker, which is standing by when the function returns.
func (s *siege) attacker(list string) *attacker {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), stormAt+"="+strings.TrimPrefix(s.url, "http://"), stormOf+"="+list, "GOMAXPROCS=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		s.t.Fatal(err)
	}
	// It stands for machines elsewhere: what it takes to send must not be taken from the server and the normal client, where
	// processors are few. By its group, for on Linux the priority of a process is that of its first thread.
	if err := syscall.Setpriority(syscall.PRIO_PGRP, cmd.Process.Pid, 19); err != nil {
		s.t.Fatal(err)
	}
	a := &attacker{s.t, in, bufio.NewReader(out)}
	s.t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	a.say("end") // answered once it stands by
	return a
}

func (a *attacker) begin() { a.say("begin") }

// end returns how many attacks were answered since begin.
func (a *attacker) end() int { return a.say("end") }

func (a *attacker) say(word string) int {
	_, err := fmt.Fprintln(a.in, word)
	line, err2 := a.out.ReadString('\n')
	n, err3 := strconv.Atoi(strings.TrimSpace(line))
	if err := errors.Join(err, err2, err3); err != nil {
		a.t.Fatal(err)
	}
	return n
}

// storm obeys the lines on stdin, and answers each with the number of attacks answered since the last one.
func storm(at, name string) {
	var list [][]byte
	file, err := os.Open(name)
	if err != nil || gob.NewDecoder(file).Decode(&list) != nil {
		fmt.Println("the list cannot be read")
		return
	}
	var going atomic.Bool
	var answered atomic.Int64
	for i := range shooters {
		s := shooter{at: at, list: list, next: i * len(list) / shooters}
		go s.shoot(&going, &answered)
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		going.Store(in.Text() == "begin")
		fmt.Println(answered.Swap(0))
	}
}

// shooters is the number of an attacker's connections.
const shooters = 4

// shooter sends one request after another.
type shooter struct {
	at   string
	list [][]byte
	next int
	conn net.Conn
	in   *bufio.Reader
}

// shoot sends forever, while going is true.
func (s *shooter) shoot(going *atomic.Bool, answered *atomic.Int64) {
	idle := time.NewTicker(time.Millisecond)
	for {
		if !going.Load() {
			<-idle.C
			continue
		}
		if s.conn == nil && !s.dial() {
			continue
		}
		request := s.list[s.next%len(s.list)]
		s.next++
		if !exchange(s.conn, s.in, request) {
			_ = s.conn.Close()
			s.conn = nil
		}
		answered.Add(1)
	}
}

func (s *shooter) dial() bool {
	conn, err := net.Dial("tcp", s.at)
	if err != nil {
		return false
	}
	s.conn, s.in = conn, bufio.NewReader(conn)
	return true
}

// exchange sends a request and reads its answer; false if the connection can no longer be used.
func exchange(conn net.Conn, in *bufio.Reader, request []byte) bool {
	go func() { _, _ = conn.Write(request) }() // the answer may come before all is sent
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && !res.Close && len(request) < 1<<20
}
