/** The placed gang as a job: its step, what it loses to its place, and how long it lasts. */
import { assumedText, jobLines } from './job-words.ts';
import type { PlacedJob } from './types.ts';

export function JobView({ job }: { job: PlacedJob }) {
  const assumed = assumedText(job);
  return (
    <div>
      <h4>As a job</h4>
      <table>
        <tbody>
          {jobLines(job).map(([term, text]) => (
            <tr key={term}>
              <th scope="row">{term}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {assumed && <p class="quiet note">{assumed}</p>}
    </div>
  );
}
