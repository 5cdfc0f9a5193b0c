// Package browser drives a headless Chromium, to test the pages of reports as a
// person has them. It speaks the Chrome DevTools Protocol over the pipe that
// --remote-debugging-pipe opens (messages of JSON that end in a zero byte), so
// it needs no port and no library.
//
// The tests take the browser from $MODELBOM_CHROMIUM and the accessibility
// checker axe-core (axe.min.js of the npm package) from $MODELBOM_AXE, and say
// so when they have neither; .ci/browser prints both. With
// $MODELBOM_SCREENSHOTS they leave pictures of every page in that folder.
package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// A Browser is a running Chromium.
type Browser struct {
	cmd    *exec.Cmd
	stderr complaints
	to     *os.File

	mu      sync.Mutex
	last    int64
	waiting map[int64]chan reply
	pages   map[string]*Page // by session
	ended   error
}

type reply struct {
	result json.RawMessage
	err    error
}

// A message is a call, its reply, or an event.
type message struct {
	ID        int64           `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Start starts the browser at path with a profile in the folder dir, which is
// to be new. The sandbox of the browser needs rights that a root user in a
// container does not have, and the pages come from the test: it is turned off.
func Start(ctx context.Context, path, dir string) (*Browser, error) {
	b := &Browser{waiting: map[int64]chan reply{}, pages: map[string]*Page{}}
	b.cmd = exec.CommandContext(ctx, path, "--headless", "--remote-debugging-pipe", "--user-data-dir="+dir, "--no-sandbox", "--disable-gpu",
		"--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars", "about:blank")
	b.cmd.Stderr = &b.stderr
	// The browser reads calls from descriptor 3 and writes to descriptor 4.
	callsIn, callsOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	repliesIn, repliesOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b.cmd.ExtraFiles = []*os.File{callsIn, repliesOut}
	b.to = callsOut
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the browser: %w", err)
	}
	callsIn.Close()
	repliesOut.Close()
	go b.read(repliesIn)
	return b, nil
}

// complaints are what the browser prints, written and read at the same time.
type complaints struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *complaints) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *complaints) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// Close ends the browser.
func (b *Browser) Close() error {
	_ = b.call("", "Browser.close", nil, nil) // it may be gone before it answers
	b.to.Close()
	return b.cmd.Wait()
}

// read hands replies to those who wait and events to their page, until the
// browser ends.
func (b *Browser) read(from *os.File) {
	defer from.Close()
	r := bufio.NewReader(from)
	for {
		data, err := r.ReadBytes(0)
		if err != nil {
			b.end(fmt.Errorf("the browser ended: %w\n%s", err, b.stderr.String()))
			return
		}
		var m message
		if err := json.Unmarshal(bytes.TrimSuffix(data, []byte{0}), &m); err != nil {
			b.end(fmt.Errorf("read a message of the browser: %w", err))
			return
		}
		b.mu.Lock()
		if m.ID == 0 {
			if p := b.pages[m.SessionID]; p != nil {
				p.event(m)
			}
		} else if w := b.waiting[m.ID]; w != nil {
			delete(b.waiting, m.ID)
			answer := reply{result: m.Result}
			if m.Error != nil {
				answer.err = errors.New(m.Error.Message)
			}
			w <- answer
		}
		b.mu.Unlock()
	}
}

func (b *Browser) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = err
	for id, w := range b.waiting {
		delete(b.waiting, id)
		w <- reply{err: err}
	}
}

// call makes a call of the protocol and reads its result into result, unless
// that is nil.
func (b *Browser) call(session, method string, params, result any) error {
	m := message{SessionID: session, Method: method}
	if params != nil {
		data, err := json.Marshal(params)
		if err != nil {
			return err
		}
		m.Params = data
	}
	answer := make(chan reply, 1)
	b.mu.Lock()
	if b.ended != nil {
		b.mu.Unlock()
		return b.ended
	}
	b.last++
	m.ID = b.last
	b.waiting[m.ID] = answer
	b.mu.Unlock()
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := b.to.Write(append(data, 0)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	r := <-answer
	if r.err != nil {
		return fmt.Errorf("%s: %w", method, r.err)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(r.result, result)
}
