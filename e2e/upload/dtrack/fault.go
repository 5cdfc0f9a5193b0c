package dtrack

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Fault breaks requests whose method and path begin with On.
type Fault struct {
	On    string // such as "POST /api/v1/bom"
	Kind  Kind
	Times int // how many requests are broken; 0 stands for one, -1 for all
	Skip  int // how many pass before

	// Of kind Answer.
	Status int
	Header map[string]string
	Body   string

	Delay time.Duration // of CloseAndMakeLate and Hang
}

// A Kind is a way to break.
type Kind int

// The ways.
const (
	Answer           Kind = iota // something else answers
	CloseBefore                  // the connection ends before the body is read
	CloseInBody                  // it ends when a third of the body is read
	CloseAfter                   // the server does its work, and the answer is lost
	CloseAndMakeLate             // the answer is lost, and the project is made after Delay
	Truncate                     // the server does its work, and half of the answer arrives
	Forget                       // the server takes the document and is started anew
	Hang                         // no answer for Delay
)

// Break adds a fault.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

func (s *Server) fault(r *http.Request) *Fault {
	for _, f := range s.faults {
		if f.Times == 0 || !strings.HasPrefix(r.Method+" "+r.URL.Path, f.On) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.Times--
		return f
	}
	return nil
}

// before acts before the request is worked on and reports whether that is all.
func (f *Fault) before(s *Server, w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind {
	case Answer:
		_, _ = io.Copy(io.Discard, r.Body)
		for name, value := range f.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body)
	case CloseBefore:
		hangUp(w)
	case CloseInBody:
		_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/3)
		hangUp(w)
	case Hang:
		select {
		case <-r.Context().Done():
		case <-time.After(f.Delay):
		}
		hangUp(w)
	case CloseAndMakeLate: // the connection is closed now, the work goes on
		s.late(w, r, f)
	case CloseAfter, Truncate:
		return r.Method != http.MethodPost && f.after(w, []byte(`{"processing":false}`))
	default:
		return false
	}
	return true
}

func (s *Server) late(w http.ResponseWriter, r *http.Request, f *Fault) {
	body, _ := io.ReadAll(r.Body)
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(strings.NewReader(string(body)))
	s.wg.Go(func() { s.post(nowhere{}, again, s.Teams[r.Header.Get("X-Api-Key")], f) })
	hangUp(w)
}

// after acts on the answer and reports whether that was all.
func (f *Fault) after(w http.ResponseWriter, body []byte) bool {
	switch f.Kind {
	case CloseAfter:
		hangUp(w)
	case Truncate:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		hangUp(w)
	default:
		return false
	}
	return true
}

// hangUp closes the connection under the request.
func hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, buffered, err := h.Hijack(); err == nil {
			_ = buffered.Flush()
			_ = conn.Close()
		}
	}
}

// nowhere takes the answer that nobody waits for.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}
