// SPDX-License-Identifier: Apache-2.0
// read_log.js NODE_MODULES LOG: prints what the npm package hdr-histogram-js reads in a log, one line an interval.
const fs = require('fs');
const path = require('path');
const hdr = require(path.join(process.argv[2], 'hdr-histogram-js'));

// 64: counts as wide as they are in the log.
const reader = new hdr.HistogramLogReader(fs.readFileSync(process.argv[3], 'utf8'), 64);
for (let h; (h = reader.nextIntervalHistogram()) != null;) {
  const values = [50, 90, 99, 99.9, 99.99, 100].map((share) => h.getValueAtPercentile(share));
  console.log([h.tag, h.startTimeStampMsec, h.endTimeStampMsec, h.totalCount, ...values].join('\t'));
}
