package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// meter tells how much processor time the processes behind an answer have used. On a machine that does
// other things too it is steadier than requests per second.
type meter struct {
	// backends watches the database from a connection of its own; nil for SQLite, which lives inside the
	// sides, and where the database runs on another machine.
	backends *pgx.Conn
}

// usage is processor time: of the side that answers, and of the database behind it.
type usage struct{ side, database time.Duration }

func newMeter(ctx context.Context, url string) (*meter, error) {
	if strings.HasPrefix(url, "sqlite:") {
		return &meter{}, nil
	}
	conn, err := pgx.Connect(ctx, url)
	return &meter{backends: conn}, err
}

func (m *meter) close() {
	if m.backends != nil {
		m.backends.Close(context.Background())
	}
}

func (m *meter) read(ctx context.Context, s *side) (usage, error) {
	u := usage{side: processorTime(s.process.Process.Pid)}
	if m.backends == nil {
		return u, nil
	}
	rows, err := m.backends.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if err != nil {
		return u, err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	for _, pid := range pids {
		u.database += processorTime(pid)
	}
	return u, err
}

// tick is the unit in which Linux counts processor time.
const tick = 10 * time.Millisecond

// processorTime is what a process has used since it began; 0 where the system does not tell.
func processorTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, behindName, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(behindName)
	const user, system = 11, 12
	if len(fields) <= system {
		return 0
	}
	inUser, _ := strconv.Atoi(fields[user])
	inSystem, _ := strconv.Atoi(fields[system])
	return time.Duration(inUser+inSystem) * tick
}
