// Package inspect lets the bench look into a server that it measures: how much memory it keeps when all
// rubbish is gone, and profiles. The bench builds it into the product's own program, which does not know
// of it.
package inspect

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Variable names the unix socket on which the process answers.
const Variable = "KLANTKAART_BENCH_INSPECT"

// Figures are what a process holds and has used.
type Figures struct {
	Resident   int64 // bytes of memory that the system has given it
	Heap       int64 // bytes of live objects
	Gaps       int64 // between them, too small to be given back
	Stacks     int64
	Goroutines int
	Processor  time.Duration // that it has used
}

// Listen answers on the socket that the variable names, until the process ends; without the variable it
// does nothing. It tells whether it listens.
func Listen() bool {
	path := os.Getenv(Variable)
	if path == "" {
		return false
	}
	listener, err := net.Listen("unix", path) //nolint:noctx // for as long as the process lives
	if err != nil {
		panic(err) // the bench named it
	}
	server := &http.Server{Handler: routes(), ReadHeaderTimeout: time.Second}
	go func() { panic(server.Serve(listener)) }()
	return true
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /memory", func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC() // the second collection takes what pools held
		debug.FreeOSMemory()
		tell(w)
	})
	mux.HandleFunc("GET /figures", func(w http.ResponseWriter, _ *http.Request) { tell(w) })
	var profile bytes.Buffer
	mux.HandleFunc("GET /profile/begin", func(http.ResponseWriter, *http.Request) {
		profile.Reset()
		_ = pprof.StartCPUProfile(&profile) // it runs already
	})
	mux.HandleFunc("GET /profile/end", func(w http.ResponseWriter, _ *http.Request) {
		pprof.StopCPUProfile()
		_, _ = w.Write(profile.Bytes()) // the bench has gone
	})
	mux.HandleFunc("GET /profile/heap", func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		_ = pprof.Lookup("heap").WriteTo(w, 0)
	})
	mux.HandleFunc("GET /profile/goroutines", func(w http.ResponseWriter, _ *http.Request) {
		_ = pprof.Lookup("goroutine").WriteTo(w, 1)
	})
	return mux
}

func tell(w http.ResponseWriter) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	_ = json.NewEncoder(w).Encode(Figures{
		Resident: resident(), Heap: int64(memory.HeapAlloc), Gaps: int64(memory.HeapInuse - memory.HeapAlloc), Stacks: int64(memory.StackInuse), Goroutines: runtime.NumGoroutine(),
		Processor: time.Duration(used.Utime.Nano() + used.Stime.Nano()),
	})
}

// resident is 0 where the system does not tell.
func resident() int64 {
	text, _ := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
