package tsdb

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
)

const selectPreviewSegments = `-- name: find what was hosted
SELECT s.account_id, s.resource_id, s.category, s.hardware, s.rate, s.replicas, extract(epoch FROM s.started_at)::bigint,
  coalesce(extract(epoch FROM s.ended_at)::bigint, 0), coalesce(r.type, ''), extract(epoch FROM a.books_from)::bigint, coalesce(s.priced_at, s.started_at)
FROM segment s JOIN resource r ON r.resource_id = s.resource_id JOIN account a ON a.account_id = s.account_id
WHERE s.started_at < $2 AND (s.ended_at IS NULL OR s.ended_at > $1) AND ($3::bigint[] IS NULL OR s.account_id = ANY($3::bigint[])) LIMIT $4`

// priceHosting prices each segment, as far as it lies in the range, at the rate at which it would have been deployed.
// What still runs is priced up to the end of the range, posted or not: the question is what it would cost, not what the
// ledger says by now.
func (p *previewing) priceHosting(ctx context.Context) error {
	rows, err := p.tx.Query(ctx, selectPreviewSegments, p.RatePreview.Range.From, p.RatePreview.Range.To, p.accounts, previewSegments+1)
	if err != nil {
		return fmt.Errorf("find what was hosted: %w", err)
	}
	var account int64
	var s billing.Segment
	var hardware, kind string
	var books billing.Second
	var priced time.Time
	n := 0
	_, err = pgx.ForEachRow(rows, []any{&account, &s.ResourceID, &s.Category, &hardware, &s.RatePerHour, &s.Replicas, &s.Start, &s.End, &kind, &books, &priced}, func() error {
		n++
		p.priceSegment(account, s, hardware, kind, books, priced)
		return nil
	})
	if err == nil && n > previewSegments {
		err = tooMuchToPreview("segments of hosting", previewSegments)
	}
	return err
}

// priceSegment prices the part of a segment that lies in the range and is not history. The rate is looked up as of
// priced, the instant of the deployment from which the segment has its rate, since scaling keeps it (rules.md §6).
func (p *previewing) priceSegment(account int64, s billing.Segment, hardware, kind string, books billing.Second, priced time.Time) {
	model := s.ResourceID
	// Only models have own rates of a single resource.
	if s.Category != billing.Models {
		model = 0
	}
	from, to := max(s.Start, billing.SecondOf(p.RatePreview.Range.From), books), billing.SecondOf(p.RatePreview.Range.To)
	if s.End != 0 {
		to = min(to, s.End)
	}
	if from >= to {
		return
	}
	prices := p.prices(account, model)
	// A difference of cumulative charges, as it was posted, so that parts of a segment add up to the whole.
	was := s.Charge(from, to)
	rate, known := prices.Hosting(priced, s.Category, hardware, billing.GuardrailKind(kind), hardware)
	if !known {
		p.isUnknown(cmp.Or(hardware, kind))
		// It counts as it was; Unknown tells the operator what the card would leave without a price.
		rate = s.RatePerHour
	}
	s.RatePerHour = rate
	p.add(account, s.Category, was, s.Charge(from, to))
}

const selectPreviewJobs = `-- name: find fine-tuning jobs of a range
SELECT j.account_id, j.training_tokens, j.epochs, j.method, j.hardware, j.charge - j.refunded, j.processed_tokens, j.status, coalesce(r.size_class, 0)::text
FROM fine_tuning_job j JOIN resource r ON r.resource_id = j.base_model_id
WHERE j.started_at >= $1 AND j.started_at < $2 AND ($3::bigint[] IS NULL OR j.account_id = ANY($3::bigint[])) LIMIT $4`

// priceJobs prices the jobs that were started in the range; for those that ended early, what would have been kept. A
// job is charged in full at its start (rules.md §7), so it is in the range if its start is.
func (p *previewing) priceJobs(ctx context.Context) error {
	rows, err := p.tx.Query(ctx, selectPreviewJobs, p.RatePreview.Range.From, p.RatePreview.Range.To, p.accounts, previewJobs+1)
	if err != nil {
		return fmt.Errorf("find jobs: %w", err)
	}
	var account int64
	var j Job
	var was billing.Amount
	var size string
	n := 0
	_, err = pgx.ForEachRow(rows, []any{&account, &j.TrainingTokens, &j.Epochs, &j.Method, &j.Hardware, &was, &j.ProcessedTokens, &j.Status, &size}, func() error {
		n++
		// As a text, since a float would not be exact.
		billions, err := decimal.NewFromString(size)
		if err != nil {
			return fmt.Errorf("size of a model: %w", err)
		}
		would, err := p.Card.FineTuning.Estimate(billing.FineTuningJob{TrainingTokens: j.TrainingTokens, Epochs: j.Epochs, Billions: billions, Method: j.Method, GPU: j.Hardware})
		switch {
		case err != nil:
			would = was
			p.isUnknown(string(j.Method) + " on " + j.Hardware)
		case j.ProcessedTokens != nil && (j.Status == "STOPPED" || j.Status == "FAILED"):
			// The same share is kept of the new charge as of the old one: that of the tokens that were processed.
			would = billing.Kept(would, *j.ProcessedTokens, j.TrainingTokens, j.Epochs)
		}
		p.add(account, billing.Models, was, would)
		return nil
	})
	if err == nil && n > previewJobs {
		err = tooMuchToPreview("fine-tuning jobs", previewJobs)
	}
	return err
}
