select
    round(sum(mean_vote * votes) / sum(votes), 2) as mean_vote,
    sum(votes) as votes
from gold_cinema.genre_popularity
