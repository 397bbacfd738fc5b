// What stands behind an answer: the causes that were weighed, and what its citations open.
// Everything in here is text to React: nothing that a log says is read as HTML.
import { useEffect, useRef, useState } from 'react';
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover';

const MARKS = { supported: '✓', proposed: '?', untestable: '–', refuted: '✗' };

function Cause({ row, several, cited }) {
  return (
    <li className={`rw-cause rw-${row.status}`}>
      <span className="rw-mark" aria-hidden="true">{MARKS[row.status]}</span>
      <div>
        <p>
          <strong>{row.causes}</strong> <span className="rw-faint">{row.status}{several && ` · ${row.runs}`}</span>
        </p>
        <p className="rw-faint">
          {row.why}
          {row.cited.map((id) => (cited[id] ? <a key={id} href={`#${id}`} className="rw-cite">{id}</a> : null))}
        </p>
      </div>
    </li>
  );
}

function Board({ board, cited, unfolded }) {
  const several = new Set(board.rows.map((row) => row.runs)).size > 1;
  return (
    <details className="rw-board" data-testid="board" open={unfolded}>
      <summary>{board.title}</summary>
      <ul>
        {board.rows.map((row, i) => <Cause key={i} row={row} several={several} cited={cited} />)}
      </ul>
    </details>
  );
}

function Cited({ one }) {
  return (
    <>
      <p className="rw-value">{one.value}</p>
      <p>{one.what}</p>
      {one.nearby.length > 0 && (
        <table>
          <thead><tr><th>{one.axis}</th><th>{one.metric}</th></tr></thead>
          <tbody>
            {one.nearby.map((row, i) => (
              <tr key={i} className={row.is_cited ? 'rw-here' : ''}><td>{row.at}</td><td>{row.value}</td></tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="rw-faint">From the step “{one.source}”</p>
    </>
  );
}

export default function Evidence() {
  const { cited, board, unfolded } = props;
  const root = useRef(null);
  const [open, setOpen] = useState(null);

  // public/runwhy.js tells which citation was clicked, in any answer of the page.
  useEffect(() => {
    const answer = () => root.current.closest('.message-content');
    const hear = ({ detail: link }) => {
      const id = link.getAttribute('href').slice(1);
      if (!cited[id] || link.closest('.message-content') !== answer()) return;
      const [at, from] = [link.getBoundingClientRect(), root.current.getBoundingClientRect()];
      const place = { left: at.left - from.left, top: at.top - from.top, width: at.width, height: at.height };
      setOpen({ id, link, place });
    };
    window.addEventListener('runwhy:cite', hear);
    return () => window.removeEventListener('runwhy:cite', hear);
  }, []);
  const close = (event) => {
    event.preventDefault();
    open?.link.focus({ preventScroll: true });
  };

  return (
    <div className="rw-behind" ref={root}>
      {board && <Board board={board} cited={cited} unfolded={unfolded} />}
      {open && (
        <Popover open onOpenChange={(is) => is || setOpen(null)}>
          <PopoverTrigger asChild>
            <span className="rw-anchor" style={open.place} tabIndex={-1} aria-hidden="true" />
          </PopoverTrigger>
          <PopoverContent
            className="rw-cited"
            data-testid="cited"
            aria-label={`Evidence ${open.id}`}
            collisionPadding={12}
            onCloseAutoFocus={close}
          >
            <Cited one={cited[open.id]} />
          </PopoverContent>
        </Popover>
      )}
    </div>
  );
}
