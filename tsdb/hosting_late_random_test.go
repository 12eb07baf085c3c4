package tsdb_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Hosting that is reported to have begun, ended or been scaled up to weeks ago, over the ends of cycles that are closed, leaves books, charts and
// statements that agree, whatever was refused on the way (rules.md §6).
func TestHostingReportedOverTheEndsOfCycles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(6, 9))
	id := f.account()
	f.planned(id, 30*credit)
	f.topUp(id, billing.ModelCredits, 4_000*credit)
	model := f.model(id)
	var deployments []int64
	done, refused := 0, 0
	note := func(err error) {
		t.Helper()
		var code *tsdb.Error
		if errors.As(err, &code) {
			refused++
			return
		}
		f.must(err)
		done++
	}
	for step := range 60 {
		back := time.Duration(random.Int64N(int64([]time.Duration{time.Minute, 5 * time.Hour, 6 * 24 * time.Hour, 40 * 24 * time.Hour}[random.IntN(4)])))
		at := f.clock.now().Add(-back)
		switch some := deployments; {
		case random.IntN(6) == 0:
			_, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "ended", Hardware: gpu, Replicas: 1, At: at, Until: at.Add(back / 2)})
			note(err)
		case len(some) == 0 || random.IntN(4) == 0:
			d, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "runs", Hardware: gpu, Replicas: 1 + random.Int64N(3), At: at})
			if note(err); err == nil {
				deployments = append(deployments, d.ID)
			}
		case random.IntN(2) == 0:
			_, err := f.UndeployModel(f.ctx, id, some[random.IntN(len(some))], at)
			note(err)
		default:
			note(f.ScaleDeployment(f.ctx, id, tsdb.Deployable{Kind: tsdb.KindModel, ID: some[len(some)-1]}, 1+random.Int64N(4), at))
		}
		f.clock.advance(time.Duration(random.Int64N(int64([]time.Duration{time.Second, time.Hour, 16 * 24 * time.Hour}[random.IntN(3)]))))
		if random.IntN(3) == 0 {
			f.tick()
		}
		if step%20 == 19 {
			f.sound(id)
		}
	}
	if cycles := f.count(`SELECT count(DISTINCT cycle_no) FROM statement WHERE account_id = $1`, id); cycles < 2 || done < 15 {
		t.Errorf("%d cycles, %d things done and %d refused", cycles, done, refused)
	}
}
