package graph

import (
	"cmp"
	"context"
	"errors"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// FineTuningJobs resolves Account.fineTuningJobs.
func (r accountResolver) FineTuningJobs(
	ctx context.Context, obj *model.Account, states []model.FineTuningState, first *int, after *string,
	last *int, before *string,
) (*model.FineTuningJobConnection, error) {
	jobs, err := readPage(ctx, 1, first, after, last, before, func(page tsdb.Page, total bool) (tsdb.Paged[tsdb.Job], error) {
		return r.Store.JobsOf(ctx, obj.Key, jobStatuses(states), page, total)
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.showJobs(ctx, jobs.Rows)
	if err != nil {
		return nil, err
	}
	return &model.FineTuningJobConnection{
		TotalCount: jobs.Total,
		PageInfo:   pageInfo(jobs, jobCursor),
		Edges: edges(jobs, func(j tsdb.Job) model.FineTuningJobEdge {
			return model.FineTuningJobEdge{Cursor: jobCursor(j), Node: *shown[j.ID]}
		}),
	}, nil
}

func jobCursor(j tsdb.Job) string { return encodeCursor(j.ID) }

func jobStatuses(states []model.FineTuningState) []tsdb.JobStatus {
	if states == nil {
		return nil
	}
	out := []tsdb.JobStatus{}
	for _, s := range states {
		out = append(out, tsdb.JobStatus(s))
	}
	return out
}

// showJobs converts jobs to their GraphQL types, by key, together with the models that they make.
func (r *Resolver) showJobs(ctx context.Context, jobs []tsdb.Job) (map[int64]*model.FineTuningJob, error) {
	made := make([]int64, len(jobs))
	for i, j := range jobs {
		made[i] = j.ModelID
	}
	models, err := r.Store.Resources(ctx, made)
	if err != nil {
		return nil, err
	}
	prices, err := r.Store.PriceBook(ctx, accountsOf(jobs))
	if err != nil {
		return nil, err
	}
	out := make(map[int64]*model.FineTuningJob, len(jobs))
	for _, j := range jobs {
		out[j.ID] = jobOf(j, modelOf(models[j.ModelID], prices))
	}
	return out, nil
}

func accountsOf(jobs []tsdb.Job) []int64 {
	accounts := make([]int64, len(jobs))
	for i, j := range jobs {
		accounts[i] = j.AccountID
	}
	return accounts
}

// jobOf converts a job to its GraphQL type.
func jobOf(j tsdb.Job, made *model.Model) *model.FineTuningJob {
	return &model.FineTuningJob{
		ID: EncodeID(KindFineTuningJob, j.ID), AccountID: EncodeID(KindAccount, j.AccountID), BaseModelID: EncodeID(KindModel, j.BaseModelID), Model: *made,
		TrainingTokens: j.TrainingTokens, Epochs: int(j.Epochs), Method: j.Method, Hardware: gpuEnum(j.Hardware), Gpu: j.Hardware,
		State: model.FineTuningState(j.Status), Charge: billing.ModelCredits.Decimal(j.Charge), Refunded: billing.ModelCredits.Decimal(j.Refunded),
		ProcessedTokens: j.ProcessedTokens, Reason: textPtr(j.Reason), StartedAt: j.StartedAt, EndedAt: j.FinishedAt,
		CreatedAt: j.StartedAt, UpdatedAt: *cmp.Or(j.FinishedAt, &j.StartedAt),
	}
}

// FineTuningEstimate resolves Account.fineTuningEstimate.
func (r accountResolver) FineTuningEstimate(
	ctx context.Context, obj *model.Account, modelID string, trainingTokens int64, epochs int,
	method billing.TrainingMethod, hardware *model.FineTuningHardware, gpu *string,
) (*model.FineTuningEstimate, error) {
	key, ok := KeyOf(KindModel, modelID)
	if !ok {
		return nil, nil
	}
	if differ(gpu, hardware) {
		return nil, fault(ctx, tsdb.Invalid, namesDiffer)
	}
	price, err := r.Store.EstimateFineTuning(ctx, tsdb.NewJob{AccountID: obj.Key, ModelID: key, TrainingTokens: trainingTokens, Epochs: int64(epochs),
		Method: method, Hardware: named(gpu, hardware)})
	charge, unsupported := &price, (*string)(nil)
	if refused := (*tsdb.Error)(nil); errors.As(err, &refused) {
		switch refused.Code {
		case tsdb.NotFound:
			return nil, nil
		case tsdb.Invalid:
			return nil, asFault(ctx, err)
		}
		charge, unsupported, err = nil, textPtr(sentence(refused.Message)), nil
	}
	if err != nil {
		return nil, err
	}
	return estimateOf(ctx, obj.Key, charge, unsupported)
}

// estimateOf shows a price, or why there is none, and asks the gate whether the balance allows it.
func estimateOf(ctx context.Context, account int64, charge *billing.Amount, unsupported *string) (*model.FineTuningEstimate, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := reader.Account(ctx, account)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	e := &model.FineTuningEstimate{Unsupported: unsupported, Decision: decisionModel(a, billing.FineTune, charge, false)}
	if charge != nil {
		credits := billing.ModelCredits.Decimal(*charge)
		e.Charge = &credits
	}
	return e, nil
}

// StartFineTuning resolves Mutation.startFineTuning.
func (r mutationResolver) StartFineTuning(ctx context.Context, input model.StartFineTuningInput) (*model.StartFineTuningPayload, error) {
	t, err := r.target(ctx, KindModel, input.ModelID, "modelId")
	if err != nil {
		return answer[model.StartFineTuningPayload](nil, err)
	}
	own, ownErr := ownIn(input.ExternalID, input.Tags)
	gpu, err := oneName("gpu", input.Gpu, input.Hardware)
	if err := cmp.Or(ownErr, err); err != nil {
		return answer[model.StartFineTuningPayload](nil, err)
	}
	job, err := r.Store.StartFineTuning(ctx, tsdb.NewJob{AccountID: t.account, ModelID: t.key, Name: input.Name, TrainingTokens: input.TrainingTokens,
		Epochs: int64(input.Epochs), Method: input.Method, Hardware: gpu, IdempotencyKey: input.IdempotencyKey, Own: own})
	if err != nil {
		return answer[model.StartFineTuningPayload](nil, err)
	}
	shown, status, err := r.jobAfter(ctx, job)
	return committed(ctx, &model.StartFineTuningPayload{Job: shown, CreditStatus: status}, err)
}

// FinishFineTuning resolves Mutation.finishFineTuning.
func (r mutationResolver) FinishFineTuning(ctx context.Context, input model.FinishFineTuningInput) (*model.FinishFineTuningPayload, error) {
	t, err := r.target(ctx, KindFineTuningJob, input.JobID, "jobId")
	if err != nil {
		return answer[model.FinishFineTuningPayload](nil, err)
	}
	job, err := r.Store.FinishFineTuning(ctx, tsdb.JobEnd{AccountID: t.account, JobID: t.key, Outcome: tsdb.JobStatus(input.Outcome),
		ProcessedTokens: input.ProcessedTokens, Reason: deref(input.Reason)})
	if err != nil {
		return answer[model.FinishFineTuningPayload](nil, err)
	}
	shown, status, err := r.jobAfter(ctx, job)
	return committed(ctx, &model.FinishFineTuningPayload{Job: shown, CreditStatus: status}, err)
}

// jobAfter returns a job and its account's credit status after a commit.
func (r *Resolver) jobAfter(ctx context.Context, j tsdb.Job) (*model.FineTuningJob, *model.CreditStatus, error) {
	shown, err := r.showJobs(ctx, []tsdb.Job{j})
	if err != nil {
		return nil, nil, err
	}
	status, err := r.statusAfter(ctx, j.AccountID)
	return shown[j.ID], status, err
}
