"""Process managers: where one stream's fact must become another's.

Each follows the log from a checkpoint of its own, and is never rebuilt. What it appends carries a
command id made of the log's generation, the shard, the position and its own name, so a repetition
changes nothing; that is why its checkpoint may simply move after its effects.
"""
