package tools

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// DefaultWritesPerMinute is how many writes a caller may make in a minute.
const DefaultWritesPerMinute = 30

// pace bounds the writes of each caller: a model in a loop does harm slowly.
type pace struct {
	now  func() time.Time
	most int // in a minute; none when 0

	mu   sync.Mutex
	made map[string][]time.Time // by caller
}

const maxCallers = 1000

func newPace(now func() time.Time, most int) *pace {
	return &pace{now: now, most: most, made: map[string][]time.Time{}}
}

// take counts a write of the caller, or refuses it.
func (p *pace) take(ctx context.Context) error {
	if p.most == 0 {
		return nil
	}
	caller := ""
	if s := server.ClientSessionFromContext(ctx); s != nil {
		caller = s.SessionID()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if len(p.made) >= maxCallers {
		for who, made := range p.made {
			if len(made) == 0 || now.Sub(made[len(made)-1]) >= time.Minute {
				delete(p.made, who)
			}
		}
	}
	made := p.made[caller]
	for len(made) > 0 && now.Sub(made[0]) >= time.Minute {
		made = made[1:]
	}
	if len(made) >= p.most {
		p.made[caller] = made
		wait := time.Minute - now.Sub(made[0])
		return fmt.Errorf("this server makes at most %d writes a minute for a caller, and those are used up. Nothing was done. Wait %d s, and ask yourself whether so many single writes are meant", p.most, int(wait.Seconds())+1)
	}
	p.made[caller] = append(made, now)
	return nil
}
