// The forms of deploying: hardware, replicas, and what they would cost.
import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useAsk, useChange } from '../api/ask';
import { newKey } from '../api/key';
import {
  CreateScriptDocument,
  DeployChoicesDocument,
  type DeployChoicesQuery,
  DeployGuardrailDocument,
  DeployModelDocument,
  DeployScriptDocument,
  RedeployGuardrailDocument,
  RedeployModelDocument,
  RedeployScriptDocument,
  ScaleDocument,
  type ScriptLanguage,
  UndeployGuardrailDocument,
  UndeployModelDocument,
  UndeployScriptDocument,
} from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Dialog, useSend } from '../ui/form';
import { exact } from '../ui/format';
import { lower } from '../ui/language';
import { cpuName, scannerName } from '../ui/names';
import { Doubtful, NumberField, useDoubt, useNumber } from '../ui/number-field';
import { Unread } from '../ui/states';
import { names, text } from '../ui/text';
import type { Bounds } from '../ui/typed';
import { EstimateBox, type Hosting, useEstimate, usePricing } from './estimate';
import { suggested } from './hosted';

const t = text.deploy;

/** What a dialog is about. */
export type Task =
  | { do: 'deploy-model'; id: string; name: string }
  | { do: 'redeploy-model'; id: string; name: string; hardware: string; replicas: number }
  | { do: 'undeploy-model'; id: string; name: string }
  | { do: 'deploy-guardrail' }
  | { do: 'redeploy-guardrail'; id: string; name: string; scannerKey: string; cpu: string | null; replicas: number }
  | { do: 'undeploy-guardrail'; id: string; name: string }
  | { do: 'create-script' }
  | { do: 'deploy-script'; id: string; name: string }
  | { do: 'redeploy-script'; id: string; name: string; hardware: string; replicas: number }
  | { do: 'undeploy-script'; id: string; name: string }
  | { do: 'scale'; id: string; name: string; replicas: number };

interface FormProps<T extends Task> {
  task: T;
  onClose: () => void;
}
type Only<D extends Task['do']> = Extract<Task, { do: D }>;

/** The dialog of a task. */
export function TaskDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  switch (task.do) {
    case 'deploy-model':
    case 'redeploy-model':
    case 'deploy-script':
    case 'redeploy-script':
      return <MachineForm task={task} onClose={onClose} />;
    case 'deploy-guardrail':
    case 'redeploy-guardrail':
      return <GuardrailForm task={task} onClose={onClose} />;
    case 'create-script':
      return <ScriptForm task={task} onClose={onClose} />;
    case 'scale':
      return <ScaleForm task={task} onClose={onClose} />;
    default:
      return <UndeployForm task={task} onClose={onClose} />;
  }
}

const REPLICAS: Bounds = { places: 0, least: '1', most: '1000' };

// How many replicas: the field, the number (null while it is none), and whether to go on with it. Ten times as many as
// there were is asked about once more.
function useReplicas(start: number) {
  const { typed, type, read } = useNumber(String(start), REPLICAS);
  const doubt = useDoubt();
  const usual = String(Math.max(1, start));
  const retype = (text: string) => {
    type(text);
    doubt.forget();
  };
  const field = (
    <>
      <NumberField label={t.replicas} required typed={typed} onType={retype} bounds={REPLICAS} />
      <Doubtful doubt={doubt} />
    </>
  );
  return {
    field,
    replicas: read.value === null ? null : Number(read.value),
    sure: () => read.value !== null && doubt.passes({ amount: read.value, usual, unit: lower(t.replicas) }),
  };
}

const machines = (choices: DeployChoicesQuery | undefined, scripts: boolean) =>
  (scripts
    ? choices?.rateCard?.scripts.map((m) => ({
        value: m.name,
        label: `${m.vcpus} vCPU, ${m.memoryGb} GB · ${exact(m.ratePerHour)} ${t.hour}`,
      }))
    : choices?.rateCard?.models.map((m) => ({
        value: m.name,
        label: `${m.name} (${m.gpuCount} × ${m.gpu}) · ${exact(m.ratePerHour)} ${t.hour}`,
      }))) ?? [];

function MachineForm({
  task,
  onClose,
}: FormProps<Only<'deploy-model' | 'redeploy-model' | 'deploy-script' | 'redeploy-script'>>) {
  const scripts = task.do.endsWith('script');
  const again = task.do.startsWith('redeploy');
  const { data, fault, again: askAgain } = useAsk(DeployChoicesDocument, {});
  const options = machines(data, scripts);
  const [name, setName] = useState(() => suggested(task.name));
  const [chosen, setChosen] = useState('hardware' in task ? task.hardware : '');
  const { field, replicas, sure } = useReplicas('replicas' in task ? task.replicas : 1);
  const [key] = useState(newKey);
  const hardware = chosen || options[0]?.value || '';
  const hosting: Hosting =
    hardware && replicas ? { category: scripts ? 'SCRIPTS' : 'MODELS', hardware, replicas } : null;
  const answer = useEstimate(hosting);
  const [deployModel] = useChange(DeployModelDocument, (d) => d.deployModel);
  const [redeployModel] = useChange(RedeployModelDocument, (d) => d.redeployModel);
  const [deployScript] = useChange(DeployScriptDocument, (d) => d.deployScript);
  const [redeployScript] = useChange(RedeployScriptDocument, (d) => d.redeployScript);
  const { refused, busy, send } = useSend(onClose);
  const submit = () => {
    if (replicas === null || !sure()) return;
    switch (task.do) {
      case 'deploy-model':
        return send(
          deployModel({ input: { modelId: task.id, name: name.trim(), hardware, replicas, idempotencyKey: key } }),
        );
      case 'redeploy-model':
        return send(redeployModel({ input: { deploymentId: task.id, hardware, replicas } }));
      case 'deploy-script':
        return send(deployScript({ input: { scriptId: task.id, hardware, replicas } }));
      case 'redeploy-script':
        return send(redeployScript({ input: { scriptId: task.id, hardware, replicas } }));
    }
  };
  return (
    <Dialog
      opened
      title={`${again ? t.redeploy : t.deploy} ${task.name}`}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={again ? t.redeploy : t.deploy}
      busy={busy}
      disabled={
        !hardware ||
        !replicas ||
        (task.do === 'deploy-model' && !name.trim()) ||
        answer.estimate?.decision.allowed === false
      }
      refused={refused}
    >
      {task.do === 'deploy-model' && (
        <TextInput
          label={t.name}
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <NativeSelect
        label={t.hardware}
        data={options}
        value={hardware}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      {field}
      {!data && <Unread what={t.noChoices} fault={fault} again={askAgain} />}
      <EstimateBox {...answer} />
      <Prices />
    </Dialog>
  );
}

function Prices() {
  return (
    <p>
      <Link to={usePricing()}>{t.pricing}</Link>
    </p>
  );
}

// What is chosen to begin with: the usual one where the rate card has it, else its first.
function usually<R>(list: R[] | undefined, nameOf: (row: R) => string, usual: string): string {
  const all = list?.map(nameOf) ?? [];
  return all.includes(usual) ? usual : (all[0] ?? '');
}

function GuardrailForm({ task, onClose }: FormProps<Only<'deploy-guardrail' | 'redeploy-guardrail'>>) {
  const { account } = usePlace();
  const { data, fault, again: askAgain } = useAsk(DeployChoicesDocument, {});
  const again = task.do === 'redeploy-guardrail';
  const [name, setName] = useState('');
  const [chosenScanner, setScanner] = useState(again ? task.scannerKey : '');
  const [chosenCpu, setCpu] = useState((again && task.cpu) || '');
  const scannerKey = chosenScanner || usually(data?.rateCard?.scanners, (s) => s.scannerKey, 'TOXICITY');
  const cpu = chosenCpu || usually(data?.rateCard?.guardrails, (g) => g.cpu, 'GENERAL_PURPOSE');
  const { field, replicas, sure } = useReplicas(again ? task.replicas : 1);
  const [key] = useState(newKey);
  const free = data?.rateCard?.scanners.find((s) => s.scannerKey === scannerKey)?.free ?? false;
  const answer = useEstimate(free || !replicas ? null : { category: 'GUARDRAILS', scannerKey, cpu, replicas });
  const [deploy] = useChange(DeployGuardrailDocument, (d) => d.deployGuardrail);
  const [redeploy] = useChange(RedeployGuardrailDocument, (d) => d.redeployGuardrail);
  const { refused, busy, send } = useSend(onClose);
  const submit = () => {
    if (!free && !sure()) return;
    const count = free ? 1 : (replicas ?? 1);
    if (again) return send(redeploy({ input: { guardrailId: task.id, cpu: free ? null : cpu, replicas: count } }));
    const order = { name: name.trim(), scannerKey, cpu, replicas: count };
    return send(deploy({ input: { accountId: account.id, ...order, idempotencyKey: key } }));
  };
  const scanners =
    data?.rateCard?.scanners.map((s) => ({
      value: s.scannerKey,
      label: scannerName(s.scannerKey, s.name) + (s.free ? ` (${lower(text.guardrails.free)})` : ''),
    })) ?? [];
  return (
    <Dialog
      opened
      title={again ? `${t.redeploy} ${task.name}` : t.newGuardrail}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={again ? t.redeploy : t.deploy}
      busy={busy}
      disabled={(!again && !name.trim()) || (!free && (!replicas || answer.estimate?.decision.allowed === false))}
      refused={refused}
    >
      {!again && (
        <TextInput
          label={t.name}
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      {!again && (
        <NativeSelect
          label={t.scanner}
          data={scanners}
          value={scannerKey}
          onChange={(event) => setScanner(event.currentTarget.value)}
        />
      )}
      {!free && (
        <NativeSelect
          label={t.cpuType}
          value={cpu}
          onChange={(event) => setCpu(event.currentTarget.value)}
          data={data?.rateCard?.guardrails.map((g) => ({ value: g.cpu, label: cpuName(g.cpu) })) ?? []}
        />
      )}
      {!free && field}
      {!data && <Unread what={t.noChoices} fault={fault} again={askAgain} />}
      {free ? <p className="hint">{text.guardrails.freeHelp}</p> : <EstimateBox {...answer} />}
      <Prices />
    </Dialog>
  );
}

function ScriptForm({ onClose }: FormProps<Only<'create-script'>>) {
  const { account } = usePlace();
  const [name, setName] = useState('');
  const [language, setLanguage] = useState<ScriptLanguage>('PYTHON');
  const [key] = useState(newKey);
  const [create] = useChange(CreateScriptDocument, (d) => d.createScript);
  const { refused, busy, send } = useSend(onClose);
  return (
    <Dialog
      opened
      title={t.newScript}
      onClose={onClose}
      submit={t.create}
      busy={busy}
      disabled={!name.trim()}
      refused={refused}
      onSubmit={() =>
        void send(create({ input: { accountId: account.id, name: name.trim(), language, idempotencyKey: key } }))
      }
    >
      <TextInput
        label={t.name}
        required
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <NativeSelect
        label={t.language}
        value={language}
        onChange={(event) => setLanguage(event.currentTarget.value as ScriptLanguage)}
        data={Object.entries(names.language).map(([value, label]) => ({ value, label }))}
      />
    </Dialog>
  );
}

function ScaleForm({ task, onClose }: FormProps<Only<'scale'>>) {
  const { field, replicas, sure } = useReplicas(task.replicas);
  const [scale] = useChange(ScaleDocument, (d) => d.scaleDeployment);
  const { refused, busy, send } = useSend(onClose);
  return (
    <Dialog
      opened
      title={`${t.scale} ${task.name}`}
      onClose={onClose}
      submit={t.scale}
      busy={busy}
      disabled={!replicas || replicas === task.replicas}
      refused={refused}
      onSubmit={() => void (replicas && sure() && send(scale({ input: { id: task.id, replicas } })))}
    >
      {field}
    </Dialog>
  );
}

function UndeployForm({ task, onClose }: FormProps<Only<'undeploy-model' | 'undeploy-guardrail' | 'undeploy-script'>>) {
  const [model] = useChange(UndeployModelDocument, (d) => d.undeployModel);
  const [guardrail] = useChange(UndeployGuardrailDocument, (d) => d.undeployGuardrail);
  const [script] = useChange(UndeployScriptDocument, (d) => d.undeployScript);
  const { refused, busy, send } = useSend(onClose);
  const submit = () => {
    switch (task.do) {
      case 'undeploy-model':
        return send(model({ input: { deploymentId: task.id } }));
      case 'undeploy-guardrail':
        return send(guardrail({ input: { guardrailId: task.id } }));
      case 'undeploy-script':
        return send(script({ input: { scriptId: task.id } }));
    }
  };
  return (
    <Dialog
      opened
      title={t.confirmUndeploy(task.name)}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={t.undeploy}
      busy={busy}
      danger
      refused={refused}
    >
      <p>{t.undeployHelp}</p>
    </Dialog>
  );
}
