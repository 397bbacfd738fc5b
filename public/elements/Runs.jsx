// The table of runs with the card of the one that was clicked, or only cards of findings below an answer.
// Everything in here is text to React: nothing that a log says is read as HTML.
import { useEffect, useState } from 'react';
import { Markdown } from '@/components/markdown';

const PAGE = 25;
const VERDICTS = { faulty: 'faulty', healthy: 'healthy', cannot_judge: 'not judged' };
const COLUMNS = [
  ['number', 'Run'],
  ['verdict', 'Verdict'],
  ['best_value', 'Best'],
];
const GRAVITY = { faulty: 0, cannot_judge: 1, healthy: 2 };
const KEYS = { number: (r) => r.number, verdict: (r) => GRAVITY[r.verdict], best_value: (r) => r.best_value };

function Spark({ heights, label }) {
  if (!heights.length) return <span className="rw-faint">no curve</span>;
  const width = 96;
  const x = (i) => (heights.length > 1 ? (i / (heights.length - 1)) * (width - 4) + 2 : width / 2);
  const stretches = [[]];
  heights.forEach((h, i) => (h === null ? stretches.push([]) : stretches.at(-1).push(`${x(i)},${22 - h * 0.2}`)));
  const lost = heights.findIndex((h) => h === null);
  return (
    <svg className="rw-spark" viewBox={`0 0 ${width} 24`} role="img" aria-label={label}>
      {stretches.filter((s) => s.length).map((s, i) => <polyline key={i} points={s.join(' ')} />)}
      {lost > 0 && <path className="rw-lost" d={`M${x(lost) - 3} 4l6 6m0-6l-6 6`} />}
    </svg>
  );
}

// What stands between backticks is code.
const coded = (text) => text.split('`').map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part));

// What a button asks for comes at the end of the conversation (public/runwhy.js).
const showNext = () => window.dispatchEvent(new Event('runwhy:next'));
const ask = (question) => {
  showNext();
  sendUserMessage(question);
};

const title = (run) => (run.name.includes(String(run.number)) ? run.name : `${run.number} · ${run.name}`);

function Badge({ kind, children }) {
  return <span className={`rw-badge rw-${kind}`}>{children}</span>;
}

function useAction() {
  const [said, setSaid] = useState('');
  const call = async (name, payload) => {
    setSaid('');
    try {
      const { response } = await callAction({ name, payload });
      if (response.error) setSaid(response.error);
      return response;
    } catch {
      setSaid('The chat did not answer. Reload the page and try again.');
      return { error: 'no answer' };
    }
  };
  return [call, said];
}

// Calls `again` whenever the server tells that runs have changed (agent/browser/news.py).
function useChanges(version, again) {
  useEffect(() => {
    let seen = version;
    const hear = (event) => {
      const now = event.source === window && event.data?.runwhy?.version;
      if (!now || now === seen) return;
      seen = now;
      again();
    };
    window.addEventListener('message', hear);
    return () => window.removeEventListener('message', hear);
  }, []);
}

function Finding({ card, inside }) {
  const [shown, setShown] = useState('');
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const [dismissed, setDismissed] = useState(card.dismissed);
  const [call, said] = useAction();
  const about = { run: card.run, finding: card.id };
  const sure = Math.round(card.confidence * 100);

  const toggle = async (what) => {
    if (shown === what) return setShown('');
    if (what === 'explain') {
      const answer = await call('explain_finding', about);
      if (answer.error) return;
      setText(answer.text);
    }
    setShown(what);
  };
  const dismiss = async (event) => {
    event.preventDefault();
    const answer = await call('dismiss_finding', { ...about, reason });
    if (answer.error) return;
    setDismissed(reason);
    setText(answer.text);
    setShown('kept');
  };
  const plot = async () => {
    showNext();
    await call('plot_finding', about);
  };
  // Inside the card of a run everything is about that. Cards that were kept by an older runwhy have no name.
  const whose = [`run ${card.number}`, !card.name?.includes(String(card.number)) && card.name];
  const facts = [...(inside ? [] : whose), card.since && `since ${card.since}`, `${sure}%\u00a0sure`];
  const fix = [card.fix, ...(card.changes.length ? ['```yaml', ...card.changes, '```'] : [])].join('\n');

  return (
    <article className={`rw-finding rw-edge-${dismissed ? 'info' : card.severity}`} data-testid={`finding-${card.id}`}>
      <header>
        <h4>{card.title}</h4>
        <Badge kind={card.severity}>{card.severity}</Badge>
        {card.rank !== card.severity && <Badge kind="plain">{card.rank}</Badge>}
        {dismissed && <Badge kind="plain">dismissed</Badge>}
      </header>
      <p className="rw-faint">{facts.filter(Boolean).join(' · ')}</p>
      <p>{card.summary}</p>
      <ul className="rw-evidence">
        {card.evidence.map((line) => <li key={line}>{line}</li>)}
      </ul>
      {dismissed && <p className="rw-faint">Does not count: {dismissed}</p>}
      <div className="rw-buttons">
        <button onClick={plot}>Plot around onset</button>
        {card.sibling !== null && (
          <button onClick={() => ask(`Compare run ${card.number} with healthy run ${card.sibling}`)}>
            Compare with run {card.sibling}
          </button>
        )}
        <button aria-expanded={shown === 'explain'} onClick={() => toggle('explain')}>Explain</button>
        <button aria-expanded={shown === 'fix'} onClick={() => toggle('fix')}>How to fix</button>
        {!dismissed && (
          <button aria-expanded={shown === 'dismiss'} onClick={() => toggle('dismiss')}>Dismiss</button>
        )}
      </div>
      {said && <p role="alert" className="rw-alert">{said}</p>}
      {shown === 'dismiss' && (
        <form className="rw-dismiss" onSubmit={dismiss}>
          <input
            autoFocus
            value={reason}
            maxLength={200}
            aria-label="Why this finding does not count"
            placeholder="Why it does not count"
            onChange={(event) => setReason(event.target.value)}
          />
          <button type="submit" disabled={!reason.trim()}>Dismiss</button>
        </form>
      )}
      {(shown === 'explain' || shown === 'kept') && <div className="rw-text"><Markdown>{text}</Markdown></div>}
      {shown === 'fix' && <div className="rw-text"><Markdown>{fix}</Markdown></div>}
    </article>
  );
}

function Card({ card, back }) {
  return (
    <section className="rw-card">
      <button className="rw-back" onClick={back}>← All runs</button>
      <header>
        <h3>{title(card)}</h3>
        <Badge kind={card.verdict}>{VERDICTS[card.verdict]}</Badge>
      </header>
      <p className="rw-faint">
        {card.points.toLocaleString('en')} values · {card.format}
        {card.status !== 'unknown' && ` · ${card.status}`}
      </p>
      {card.metric && (
        <p className="rw-best">
          <Spark heights={card.spark} label={`${card.metric} of run ${card.number}`} />
          <span>best {card.metric} <strong>{card.best || 'none'}</strong></span>
        </p>
      )}
      <div className="rw-buttons">
        <button onClick={() => ask(`What is wrong with run ${card.number}?`)}>Ask about it</button>
        <button onClick={() => ask(`Plot the loss of run ${card.number}`)}>Plot the loss</button>
      </div>
      {card.findings.map((one) => <Finding key={one.id} card={one} inside />)}
      {!card.findings.length && <p className="rw-faint">Nothing was found.</p>}
      {card.not_checked.length > 0 && (
        <details>
          <summary>Not checked: {card.not_checked.length}</summary>
          <dl className="rw-lines">
            {card.not_checked.map(([what, why]) => (
              <div key={what}><dt>{what}</dt><dd>{coded(why)}</dd></div>
            ))}
          </dl>
        </details>
      )}
      {card.settings.length > 0 && (
        <details>
          <summary>Settings</summary>
          <dl>
            {card.settings.map(([key, value]) => (
              <div key={key}><dt>{key}</dt><dd>{value}</dd></div>
            ))}
          </dl>
          {card.more_settings > 0 && <p className="rw-faint">and {card.more_settings} more</p>}
        </details>
      )}
    </section>
  );
}

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  return a - b;
}

function Table({ first, version, opened }) {
  const [runs, setRuns] = useState(first);
  const [words, setWords] = useState('');
  const [verdict, setVerdict] = useState('');
  const [sort, setSort] = useState(['verdict', 1]);
  const [page, setPage] = useState(0);
  // With the first question the page puts a new panel into the place of this one, which goes on where this was.
  const kept = window.runwhyPanel?.opened === opened ? window.runwhyPanel : { opened, card: null };
  const [card, setCard] = useState(kept.card);
  const [call, said] = useAction();

  const [shown] = useState((window.runwhyPanel = kept));
  useChanges(version, async () => {
    const answer = await call('runs', {});
    if (!answer.error) setRuns(answer.runs);
    if (shown.card) open(shown.card.run);
  });
  const open = async (run) => {
    const answer = await call('run_card', { run });
    if (!answer.error) setCard((shown.card = answer.card));
  };
  if (card) return <Card card={card} back={() => setCard((shown.card = null))} />;

  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const told = (r) => `${r.number} ${r.name} ${r.status} ${r.trouble} ${r.metric}`.toLowerCase();
  const found = runs.filter((r) => (!verdict || r.verdict === verdict) && wanted.every((w) => told(r).includes(w)));
  const [by, way] = sort;
  // The first click on a column sorts upwards; runs without a value stay last either way.
  const sorted = [...found].sort((a, b) => {
    const [x, y] = [KEYS[by](a), KEYS[by](b)];
    return x === null || y === null ? compare(x, y) : way * compare(x, y);
  });
  const pages = Math.max(1, Math.ceil(sorted.length / PAGE));
  const at = Math.min(page, pages - 1);
  const count = (v) => runs.filter((r) => r.verdict === v).length;

  return (
    <section className="rw-runs" data-testid="runs">
      <input
        type="search"
        value={words}
        aria-label="Filter the runs"
        placeholder="Filter: name, finding, metric"
        onChange={(event) => setWords(event.target.value)}
      />
      <div className="rw-buttons" role="group" aria-label="Verdict">
        {['', ...Object.keys(VERDICTS).filter(count)].map((v) => (
          <button key={v} aria-pressed={verdict === v} onClick={() => setVerdict(v)}>
            {v ? `${count(v)} ${VERDICTS[v]}` : `All ${runs.length}`}
          </button>
        ))}
      </div>
      {said && <p role="alert" className="rw-alert">{said}</p>}
      <table>
        <thead>
          <tr>
            {COLUMNS.map(([key, name]) => (
              <th key={key} aria-sort={by === key ? (way > 0 ? 'ascending' : 'descending') : 'none'}>
                <button onClick={() => setSort([key, by === key ? -way : 1])}>
                  {name} {by === key ? (way > 0 ? '↑' : '↓') : ''}
                </button>
              </th>
            ))}
            <th>Curve</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(at * PAGE, (at + 1) * PAGE).map((r) => (
            <tr key={r.run} onClick={() => open(r.run)} data-testid={`run-${r.number}`}>
              <td>
                <button className="rw-name" title={r.name}>{title(r)}</button>
                {r.status !== 'unknown' && <span className="rw-faint">{r.status}</span>}
              </td>
              <td>
                <Badge kind={r.verdict}>{VERDICTS[r.verdict]}</Badge>
                {r.trouble && <span className="rw-faint">{r.trouble}</span>}
              </td>
              <td className="rw-number">{r.best || '–'}<span className="rw-faint" title={r.metric}>{r.metric}</span></td>
              <td><Spark heights={r.spark} label={`${r.metric || 'first metric'} of run ${r.number}`} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {!sorted.length && <p className="rw-faint">No run fits.</p>}
      {pages > 1 && (
        <nav className="rw-buttons" aria-label="Pages">
          <button disabled={at === 0} onClick={() => setPage(at - 1)}>Previous</button>
          <span className="rw-faint">{at + 1} of {pages}</span>
          <button disabled={at === pages - 1} onClick={() => setPage(at + 1)}>Next</button>
        </nav>
      )}
    </section>
  );
}

export default function Runs() {
  if (props.runs) return <Table first={props.runs} version={props.version} opened={props.opened} />;
  return <div className="rw-findings">{props.findings.map((one) => <Finding key={one.id} card={one} />)}</div>;
}
