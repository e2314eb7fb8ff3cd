import { useQuery } from "@tanstack/react-query";
import { payloadQuery } from "../../api/queries";
import { CopyButton } from "../../components/bits";
import { Dialog } from "../../components/Dialog";
import { Failed, Loading } from "../../components/states";
import { number } from "../../lib/text";

/** Beyond this a page of text helps nobody; copying takes all of it. */
const MOST_CHARACTERS = 100_000;

interface PayloadDialogProps {
  project: string;
  event: string;
  onClose: () => void;
}

/** What the client sent, after scrubbing. */
export function PayloadDialog({ project, event, onClose }: PayloadDialogProps) {
  const { data, error, refetch } = useQuery(payloadQuery(project, event));
  const text = data === undefined ? "" : JSON.stringify(data, null, 2);
  return (
    <Dialog open onClose={onClose} title="The event as it was sent" kind="wide">
      {error && <Failed error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Loading what="the payload" />}
      {text && (
        <>
          <p className="payload-head">
            <span className="soft">
              {text.length > MOST_CHARACTERS
                ? `The first ${number(MOST_CHARACTERS)} of ${number(text.length)} characters; copying takes all.`
                : "After scrubbing: what was taken out is marked."}
            </span>
            <CopyButton text={() => text} label="Copy" showLabel />
          </p>
          <pre className="payload" tabIndex={0}>
            {text.slice(0, MOST_CHARACTERS)}
          </pre>
        </>
      )}
    </Dialog>
  );
}
