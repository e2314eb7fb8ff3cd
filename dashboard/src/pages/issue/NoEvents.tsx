import { Empty } from "../../components/states";

/** An issue outlives its events where they are kept for a shorter time, or were erased. */
export const NoEvents = () => (
  <Empty title="No event is left">
    <p>Its events were kept for their time, or erased. What is known of the issue stays.</p>
  </Empty>
);
