import type { Filters, Level, SamplingRule } from "../../../api/configuration";
import { Check, Choice, Group, Lines, NumberInput, Text } from "../../../components/fields";
import { PartEditor } from "./PartEditor";
import { RuleList } from "./RuleList";

const LEVELS: readonly (readonly [Level, string])[] = [
  ["debug", "nothing"],
  ["info", "below info"],
  ["warning", "below warning"],
  ["error", "below error"],
  ["fatal", "below fatal"],
];

const KNOWN = [
  ["localhost", "Pages of localhost"],
  ["crawlers", "Crawlers, previews and monitors"],
  ["legacy_browsers", "Legacy browsers"],
  ["browser_extensions", "Browser extensions"],
] as const;

/** What is dropped before it is stored. */
export const Filtering = ({ project }: { project: string }) => (
  <PartEditor
    project={project}
    part="filters"
    title="Filters"
    about="What a project does not want to keep. In patterns * is any text and ? any one character; letter case is ignored."
    form={(filters, set) => <FilterFields filters={filters} set={set} />}
  />
);

interface FilterFieldsProps {
  filters: Filters;
  set: (parts: Partial<Filters>) => void;
}

function FilterFields({ filters, set }: FilterFieldsProps) {
  return (
    <>
      <Group title="Known noise">
        {KNOWN.map(([name, label]) => (
          <Check
            key={name}
            label={label}
            value={filters[name]}
            onChange={(on) => set({ [name]: on } as Partial<Filters>)}
          />
        ))}
        <Choice
          label="By level"
          value={filters.least_level}
          options={LEVELS}
          onChange={(least_level) => set({ least_level })}
        />
      </Group>
      <Group title="By pattern, one a line">
        <Lines
          label="Errors"
          value={filters.errors}
          placeholder="*ResizeObserver loop*"
          onChange={(errors) => set({ errors: [...errors] })}
        />
        <Lines
          label="Releases"
          value={filters.releases}
          placeholder="*-dev"
          onChange={(releases) => set({ releases: [...releases] })}
        />
        <Lines
          label="Environments"
          value={filters.environments}
          placeholder="test*"
          onChange={(environments) => set({ environments: [...environments] })}
        />
        <Lines
          label="Addresses and networks"
          value={filters.networks}
          placeholder="10.0.0.0/8"
          onChange={(networks) => set({ networks: [...networks] })}
        />
      </Group>
      <RuleList
        title="Sampling: the first rule that matches decides"
        rules={filters.sampling}
        fresh={(): SamplingRule => ({ name: "", rate: 0.1 })}
        onChange={(sampling) => set({ sampling })}
        fields={(rule, change) => <SamplingFields rule={rule} set={change} />}
      />
    </>
  );
}

interface SamplingFieldsProps {
  rule: SamplingRule;
  set: (parts: Partial<SamplingRule>) => void;
}

const LISTS = ["releases", "environments", "loggers", "transactions", "errors"] as const;

const SamplingFields = ({ rule, set }: SamplingFieldsProps) => (
  <>
    <Text label="Name" value={rule.name} onChange={(name) => set({ name })} required />
    <NumberInput
      label="Part that is kept (0 to 1)"
      value={rule.rate}
      min={0}
      max={1}
      step="any"
      onChange={(rate) => set({ rate: rate ?? NaN })}
    />
    {LISTS.map((name) => (
      <Lines
        key={name}
        label={`Of these ${name}`}
        value={rule[name] ?? []}
        onChange={(lines) => set({ [name]: [...lines] })}
      />
    ))}
  </>
);
